"""Stores and processes providers' events. An event is only a hint: its provider is asked for the facts.

An event is stored with its task and acknowledged at once, because providers wait for the answer and send
events in bursts. The provider is asked outside any lock; then the effect and the event's row are one
transaction. If the provider fails or the task is lost, the event stays pending and the sweep processes it.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta

from django.utils import timezone

from maya_site.core.db import atomic_with_retry
from maya_site.core.errors import ProviderError
from maya_site.core.metrics import PROVIDER_EVENTS
from maya_site.tasks.enqueue import enqueue
from payments import external_movements
from payments.ledger import OperationContext
from payments.models import Payment, ProviderEvent
from payments.providers import event_types_of, get_provider, handled_event_types
from payments.providers.base import EventClaims, EventSubject, LinkStatus, WebhookEvent
from payments.settlement import apply_status, fetch_status

logger = logging.getLogger(__name__)

EVENT_BODY_RETENTION = timedelta(days=90)
MAX_BACKOFF_SECONDS = 3600
# The sweep leaves an event to its task for this long.
TASK_GRACE_PERIOD = timedelta(seconds=30)
PROCESS_EVENT_TASK = "hear_event"
# A refund or dispute may arrive before we know the provider's id of its payment.
MAX_ATTEMPTS_UNKNOWN_PAYMENT = 6
EventState = ProviderEvent.State


def receive_event(event: WebhookEvent) -> str:
    """Stores an event with its task, and returns the outcome in a word. A known event changes nothing."""
    if ProviderEvent.objects.filter(event_id=event.event_id).exists():
        return _count_outcome(event.type, "duplicate")
    return _count_outcome(event.type, _store_event(event, _reason_to_ignore(event)))


@atomic_with_retry
def _store_event(event: WebhookEvent, ignored_reason: str) -> str:
    """Concurrent deliveries of an event make one row and one task."""
    now = timezone.now()
    row = ProviderEvent(
        provider=event.provider,
        event_id=event.event_id,
        type=event.type,
        object_id=str(event.data_object["id"])[:120],
        livemode=event.livemode,
        account=event.account_id[:120],
        body=json.dumps(event.data_object),
        state=EventState.DONE if ignored_reason else EventState.PENDING,
        outcome=ignored_reason,
        next_attempt_at=now + TASK_GRACE_PERIOD,
        processed_at=now if ignored_reason else None,
    )
    ProviderEvent.objects.bulk_create([row], ignore_conflicts=True)
    if not ignored_reason:
        enqueue(PROCESS_EVENT_TASK, f"event:{event.event_id}", event=event.event_id)
    return ignored_reason or "kept"


def _reason_to_ignore(event: WebhookEvent) -> str:
    if event.account_id:
        return "wrong_account"
    if event.livemode != get_provider(event.provider).is_live:
        return "wrong_mode"
    return "" if _subject(event) else "ignored"


def _subject(event: WebhookEvent) -> EventSubject | None:
    return event_types_of(event.provider).subject_of(event.type)


def process_event(event_id: str) -> str:
    """Processes a stored event and returns the outcome. Safe to call repeatedly."""
    row = ProviderEvent.objects.get(event_id=event_id)
    if row.state == EventState.DONE:
        return row.outcome
    event = WebhookEvent(
        row.provider, row.event_id, row.type, row.livemode, row.account, json.loads(row.body)
    )
    claims = get_provider(event.provider).read_claims(event)
    return _count_outcome(event.type, _process(event, claims, _find_payment(claims)))


def _process(event: WebhookEvent, claims: EventClaims, payment: Payment | None) -> str:
    is_movement = _subject(event) is not EventSubject.LINK
    if payment is None:
        early = is_movement and _get_event_row(event).attempts < MAX_ATTEMPTS_UNKNOWN_PAYMENT
        return _postpone(event) if early else _finish_event(event, None, None, "unknown")
    if is_movement:
        return _process_movement(event, claims, payment)
    try:
        seen = fetch_status(payment, claims.link_reference) if _needs_fetch(event, payment) else None
    except ProviderError as error:
        logger.warning("event %s waits for the till: %s", event.event_id, error)
        return _postpone(event)
    return _finish_event(event, payment, seen, "already" if payment.status == "succeeded" else "waiting")


def _process_movement(event: WebhookEvent, claims: EventClaims, payment: Payment) -> str:
    is_refund = _subject(event) is EventSubject.REFUND
    try:
        if is_refund:
            seen = external_movements.fetch_refunds(payment)
        else:
            seen = external_movements.fetch_dispute(payment, claims.dispute_reference)
    except ProviderError as error:
        logger.warning("event %s waits for the till: %s", event.event_id, error)
        return _postpone(event)
    return _finish_event(event, payment, seen, "refund" if is_refund else "dispute")


def _needs_fetch(event: WebhookEvent, payment: Payment) -> bool:
    """A finished payment is looked at again only if the event claims that it was paid after all."""
    claims_paid = event.type in event_types_of(event.provider).paid
    return payment.status in Payment.LIVE_STATUSES or (
        claims_paid and payment.status != Payment.Status.SUCCEEDED
    )


def _find_payment(claims: EventClaims) -> Payment | None:
    found = Payment.objects.select_related("tab")
    if claims.payment_code:
        return found.filter(code=claims.payment_code[:32]).first()
    return found.filter(intent=claims.intent[:120]).first() if claims.intent else None


@atomic_with_retry
def _finish_event(
    event: WebhookEvent,
    payment: Payment | None,
    result: LinkStatus | external_movements.ExternalMovements | None,
    default_outcome: str,
) -> str:
    row = _lock_event_row(event)
    if row.state == EventState.DONE:
        return row.outcome
    outcome = default_outcome
    if payment and isinstance(result, external_movements.ExternalMovements):
        external_movements.book_movements(payment, result)
    elif payment and isinstance(result, LinkStatus):
        outcome = str(
            apply_status(
                payment,
                result,
                OperationContext(f"event:{event.event_id}", actor=event.provider, source="webhook"),
            )
        )
    row.state, row.outcome, row.processed_at = EventState.DONE, outcome, timezone.now()
    row.payment_code = payment.code if payment else ""
    row.save(update_fields=["state", "outcome", "processed_at", "payment_code"])
    return outcome


@atomic_with_retry
def _postpone(event: WebhookEvent) -> str:
    row = _lock_event_row(event)
    row.attempts += 1
    row.next_attempt_at = timezone.now() + timedelta(
        seconds=min(MAX_BACKOFF_SECONDS, 5 * 2 ** min(row.attempts, 12))
    )
    row.save(update_fields=["attempts", "next_attempt_at"])
    return "pending"


def _get_event_row(event: WebhookEvent) -> ProviderEvent:
    return ProviderEvent.objects.get(event_id=event.event_id)


def _lock_event_row(event: WebhookEvent) -> ProviderEvent:
    """Locked until the transaction ends, so that concurrent processing of an event takes turns."""
    return ProviderEvent.objects.select_for_update().get(event_id=event.event_id)


def process_pending_events() -> int:
    """Processes events whose provider failed or whose task was lost, oldest first, up to 200.

    Returns how many were finished.
    """
    waiting = ProviderEvent.objects.filter(
        state=EventState.PENDING, next_attempt_at__lte=timezone.now()
    ).order_by("pk")
    names = list(waiting.values_list("event_id", flat=True)[:200])
    return sum(process_event(name) != "pending" for name in names)


def erase_old_bodies() -> int:
    """Erases the bodies of processed events after ninety days, and returns how many. The rows stay."""
    old = ProviderEvent.objects.filter(
        received_at__lt=timezone.now() - EVENT_BODY_RETENTION, state=EventState.DONE
    )
    return old.exclude(body="").update(body="")


def _count_outcome(event_type: str, outcome: str) -> str:
    """Unknown types are counted as "other", so that strangers cannot create metric series."""
    PROVIDER_EVENTS.labels(event_type if event_type in handled_event_types() else "other", outcome).inc()
    return outcome
