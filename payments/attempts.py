"""Attempts to pay, as rows: which one is live, and the one way they move, forward."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from maya_site.lib.counters import PAYMENTS
from maya_site.lib.db import committed
from payments.models import Payment, Tab
from payments.signals import announce_payment


def live_payment(tab: Tab) -> Payment | None:
    return Payment.objects.live().select_related("tab").filter(tab=tab).first()


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
