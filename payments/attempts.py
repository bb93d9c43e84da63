"""Attempts to pay, as rows: which one is live, and the one function that changes their status, forward
only."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from maya_site.core.db import atomic_with_retry
from maya_site.core.metrics import PAYMENTS
from maya_site.core.public_urls import build_public_url
from payments.models import Payment, Tab
from payments.providers.base import PaymentLinkRequest
from payments.signals import announce_payment

# The jobs that attempts ask for; payments/tasks.py says what they do.
CHECK_PAYMENT_TASK, CANCEL_ORPHANED_LINK_TASK, CLOSE_LINK_TASK = "look_at_payment", "end_orphan", "close_link"


def live_payment(tab: Tab) -> Payment | None:
    """The live attempt to pay the whole tab. The shares of a split tab have attempts of their own."""
    return Payment.objects.live().select_related("tab").filter(tab=tab, share=None).first()


@atomic_with_retry
def transition_payment(payment: Payment, status: str, **fields: Any) -> Payment:
    """Moves an attempt forward. Returns it as it then is: moved, or as somebody else left it.

    Locks the attempt's row only. With the tab's row as well, two callers could wait for each other.
    """
    attempt = Payment.objects.select_for_update(of=("self",)).select_related("tab")
    now = attempt.get(pk=payment.pk)
    if status not in Payment.ALLOWED_TRANSITIONS.get(now.status, ()):
        return now
    now.status = status
    for name, value in fields.items():
        setattr(now, name, value)
    if status not in Payment.LIVE_STATUSES:
        now.finished_at = timezone.now()
    now.save()
    publish_payment_status(now)
    return now


def publish_payment_status(payment: Payment) -> None:
    provider, status = payment.provider, str(payment.status)
    transaction.on_commit(lambda: PAYMENTS.labels(provider, status).inc())
    announce_payment(payment)


def build_link_request(payment: Payment) -> PaymentLinkRequest:
    return PaymentLinkRequest(
        payment_code=payment.code,
        tab_code=payment.tab.code,
        amount_cents=payment.amount_cents,
        tip_cents=payment.tip_cents,
        currency=payment.currency,
        venue_name=payment.tab.venue_name,
        idempotency_key=f"{payment.key}:{payment.retries}" if payment.retries else payment.key,
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        success_url=build_public_url(reverse("payments:waiting", args=[payment.code])),
        cancel_url=build_public_url(reverse("bartender:bill")),
    )
