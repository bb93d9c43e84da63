"""Attempts to pay, as rows: which one is live, and the one way they move, forward."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from maya_site.lib.counters import PAYMENTS
from maya_site.lib.db import committed
from payments.models import Payment, Tab
from payments.providers.base import Ask
from payments.signals import announce_payment

# The jobs that attempts ask for; payments/jobs.py says what they do.
LOOK, END_ORPHAN, CLOSE_LINK = "look_at_payment", "end_orphan", "close_link"


def live_payment(tab: Tab) -> Payment | None:
    """The attempt to pay the whole tab. The shares of a split tab have theirs."""
    return Payment.objects.live().select_related("tab").filter(tab=tab, share=None).first()


@committed
def move(payment: Payment, status: str, **also: Any) -> Payment:
    """Forward only. Returns the attempt as it then is: moved, or as somebody else left it.

    Of the attempt alone the row is locked: with its tab's, two callers could wait for each other.
    """
    attempt = Payment.objects.select_for_update(of=("self",)).select_related("tab")
    now = attempt.get(pk=payment.pk)
    if status not in Payment.NEXT.get(now.status, ()):
        return now
    now.status = status
    for name, value in also.items():
        setattr(now, name, value)
    if status not in Payment.LIVE:
        now.finished_at = timezone.now()
    now.save()
    tell(now)
    return now


def tell(payment: Payment) -> None:
    provider, status = payment.provider, str(payment.status)
    transaction.on_commit(lambda: PAYMENTS.labels(provider, status).inc())
    announce_payment(payment)


def ask_of(payment: Payment) -> Ask:
    return Ask(
        payment=payment.code,
        tab=payment.tab.code,
        cents=payment.amount_cents,
        tip_cents=payment.tip_cents,
        currency=payment.currency,
        key=f"{payment.key}:{payment.tries}" if payment.tries else payment.key,
        made_at=payment.created_at,
        expires_at=payment.expires_at,
        success_url=f"{settings.ORIGINS[0]}{reverse('payments:waiting', args=[payment.code])}",
        cancel_url=f"{settings.ORIGINS[0]}{reverse('bartender:bill')}",
    )
