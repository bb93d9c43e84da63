"""A till says that something was given back: what is pending is pursued, what is done is looked at again."""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import receiver

from maya_site.lib.errors import Busy, ProviderError
from payments import refunds
from payments.models import Refund
from payments.providers import till
from payments.signals import refund_news

logger = logging.getLogger(__name__)


@receiver(refund_news)
def look_into_refunds(payment_code: str, **told: Any) -> None:
    """Outside of any transaction. What fails here is found by the sweep, or by the day's comparison."""
    known = Refund.objects.filter(payment__code=payment_code).exclude(status=Refund.Status.FAILED)
    for refund in known.select_related("payment__tab"):
        try:
            _look(refund)
        except (ProviderError, Busy) as trouble:
            logger.warning("refund %s is looked at later: %s", refund.code[:8], trouble)


def _look(refund: Refund) -> None:
    if refund.status == Refund.Status.PENDING:
        refunds.pursue(refund)
    elif refund.reference:  # banks turn some away days later: then its tab is flagged
        refunds.believe(refund, till(refund.payment.provider).look_refund(refund.reference))
