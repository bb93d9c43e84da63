"""How long money has been waiting, for the monitors: from the rows, whichever process works on them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min, Q
from django.utils import timezone

from payments.models import Payment, StripeEvent

# What Stripe calls an event that says somebody has paid.
SAYS_PAID = Q(type__endswith=".completed") | Q(type__endswith="succeeded")


def oldest_event() -> float:
    """Seconds that the oldest event lies in the inbox without having been looked into."""
    return _seconds(_pending(Q()))


def oldest_unsettled() -> float:
    """Seconds since money may have come that no tab knows of yet: by an event that says so, or on an attempt
    whose time is over and whose end the till has not told."""
    ended = Payment.objects.filter(status__in=Payment.LIVE, expires_at__lte=timezone.now())
    return max(_seconds(_pending(SAYS_PAID)), _seconds(ended.aggregate(at=Min("expires_at"))["at"]))


def _pending(which: Q) -> datetime | None:
    found = StripeEvent.objects.filter(which, state=StripeEvent.State.PENDING)
    oldest: datetime | None = found.aggregate(at=Min("received_at"))["at"]
    return oldest


def _seconds(since: datetime | None) -> float:
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0
