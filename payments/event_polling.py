"""Asks providers for events that they should have sent, about what others did to money.

Each provider gets one request a minute, for its own events of those types since the last answer. What is
older is never asked for again. After a long pause it is asked for three days at most, because the daily
reconciliation finds the rest. Each event goes into the inbox, where a known one changes nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from maya_site.core.errors import ProviderError, ProviderRejected
from payments import external_movements
from payments.models import Dispute, EventCursor, Payment
from payments.providers import SIMULATED, available_provider_names, event_types_of, get_provider
from payments.providers.base import MalformedEvent, PaymentProvider
from payments.webhooks import inbox

logger = logging.getLogger(__name__)

# Events are listed a moment after they happen, and their clock is not ours.
OVERLAP = timedelta(minutes=5)
INITIAL_WINDOW = timedelta(hours=1)
MAX_WINDOW = timedelta(days=3)
MAX_OPEN_DISPUTES = 50


def poll_events() -> int:
    """Returns how many events were new. If two providers lead to one account, the first answer is enough."""
    for name in available_provider_names():
        if name != SIMULATED and (found := _poll_provider(name)) is not None:
            return found
    return 0


def _poll_provider(provider_name: str) -> int | None:
    """None where it does not answer: next time it is asked from the same moment on."""
    now = timezone.now()
    row = EventCursor.objects.filter(provider=provider_name).first()
    since = max(row.until - OVERLAP, now - MAX_WINDOW) if row else now - INITIAL_WINDOW
    try:
        found = _fetch_events(get_provider(provider_name), since)
    except ProviderError as error:
        logger.warning("%s is not listened to: %s", provider_name, error)
        return None
    EventCursor.objects.update_or_create(provider=provider_name, defaults={"until": now})
    return found


def _fetch_events(provider: PaymentProvider, since: datetime) -> int:
    try:
        events = list(provider.list_events(sorted(event_types_of(provider.name).movements), since))
    except ProviderRejected as error:  # a key that may read refunds and disputes may not read events
        logger.info("%s tells no events: %s", provider.name, error)
        return _fetch_refunds_and_disputes(provider, since)
    # Newest first, as they are listed; they are kept in the order in which they happened.
    return sum(_store_event(provider, one) for one in reversed(events))


def _store_event(provider: PaymentProvider, payload: dict[str, object]) -> bool:
    try:
        event = provider.parse_event(payload)
    except MalformedEvent:
        logger.warning("an event that was asked for cannot be read")
        return False
    return inbox.receive_event(event) == "kept"


def _fetch_refunds_and_disputes(provider: PaymentProvider, since: datetime) -> int:
    """The refunds and disputes that were made since then, and the disputes that are going on."""
    refunds, disputes = list(provider.list_refunds(since)), list(provider.list_disputes(since))
    known = {one.reference for one in disputes}
    going_on = Dispute.objects.filter(payment__provider=provider.name).exclude(
        status__in=Dispute.FINAL_STATUSES
    )
    for row in going_on.exclude(reference__in=known).order_by("-id")[:MAX_OPEN_DISPUTES]:
        disputes.append(provider.fetch_dispute(row.reference))
    intents = {one.intent for one in refunds} | {one.intent for one in disputes}
    ours = Payment.objects.filter(intent__in=intents - {""}).select_related("tab")
    for payment in ours:
        external_movements.book_movements(
            payment, external_movements.ExternalMovements(tuple(refunds), tuple(disputes))
        )
    return len(ours)
