"""How long money has been waiting, for monitors. Read from the rows, whichever process works on them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min, Q
from django.utils import timezone

from maya_site.core.providers import providers
from payments.models import Payment, ProviderEvent
from payments.providers.base import PaymentProviderSpec


def oldest_pending_event_seconds() -> float:
    """Seconds that the oldest event has been in the inbox unprocessed; 0 without one."""
    return _seconds_since(_oldest_pending_at(Q()))


def oldest_unsettled_payment_seconds() -> float:
    """Seconds since money may have arrived that no tab shows: by an event that says so, or on an attempt
    whose time is over and whose end the provider has not told. 0 without either."""
    ended = Payment.objects.live().filter(expires_at__lte=timezone.now())
    return max(
        _seconds_since(_oldest_pending_at(_says_paid())),
        _seconds_since(ended.aggregate(at=Min("expires_at"))["at"]),
    )


def _says_paid() -> Q:
    """Events that say that somebody has paid."""
    kinds = {one for spec in providers(PaymentProviderSpec) for one in spec.event_types.paid}
    return Q(type__in=sorted(kinds))


def _oldest_pending_at(condition: Q) -> datetime | None:
    found = ProviderEvent.objects.filter(condition, state=ProviderEvent.State.PENDING)
    oldest: datetime | None = found.aggregate(at=Min("received_at"))["at"]
    return oldest


def _seconds_since(since: datetime | None) -> float:
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0
