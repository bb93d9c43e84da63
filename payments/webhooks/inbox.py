"""What becomes of an event. It is written down and acknowledged at once, with the job that looks into it:
Stripe waits for the answer, and events come in bursts. It is a hint, and the till is asked.

Asked outside of any lock; then what the event did and its row are one transaction. Where the till does not
answer, or a job was lost, the event waits in its row and is looked into by the sweep.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta

from django.utils import timezone

from maya_site.jobs.outbox import enqueue
from maya_site.lib.counters import STRIPE_EVENTS
from maya_site.lib.db import committed
from maya_site.lib.errors import ProviderError
from payments.ledger import Cause
from payments.models import Payment, StripeEvent
from payments.providers import has_live_key
from payments.providers.base import Seen
from payments.providers.stripe_objects import PAYMENT
from payments.settling import believe, look
from payments.signals import announce_refund_news
from payments.webhooks.signed import Event

logger = logging.getLogger(__name__)

KEPT = timedelta(days=90)
LONGEST_WAIT = 3600
# So long an event is its job's; then the sweep's.
JOBS_TURN = timedelta(seconds=30)
HEAR = "hear_event"
SESSION, INTENT = "checkout.session.", "payment_intent."
LINKS = {
    *(f"{SESSION}{what}" for what in ("completed", "expired")),
    *(f"{SESSION}async_payment_{what}" for what in ("succeeded", "failed")),
    *(f"{INTENT}{what}" for what in ("succeeded", "payment_failed", "canceled")),
}
REFUNDS = {"charge.refunded", "refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
State = StripeEvent.State


def keep(event: Event) -> str:
    """What is answered, in a word. The same event again is no news."""
    if StripeEvent.objects.filter(name=event.name).exists():
        return _counted(event.type, "duplicate")
    return _counted(event.type, _kept(event, _not_for_us(event)))


@committed
def _kept(event: Event, nothing: str) -> str:
    """Twenty at once are one row and one job."""
    now = timezone.now()
    row = StripeEvent(
        name=event.name,
        type=event.type,
        thing=str(event.thing["id"])[:120],
        livemode=event.livemode,
        account=event.account[:120],
        body=json.dumps(event.thing),
        state=State.DONE if nothing else State.PENDING,
        outcome=nothing,
        due_at=now + JOBS_TURN,
        done_at=now if nothing else None,
    )
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    if not nothing:
        enqueue(HEAR, f"event:{event.name}", event=event.name)
    return nothing or "kept"


def _not_for_us(event: Event) -> str:
    if event.account:
        return "wrong_account"
    if event.livemode != has_live_key():
        return "wrong_mode"
    return "" if event.type in LINKS | REFUNDS else "ignored"


def hear(name: str) -> str:
    """Look into an event that was kept. Safe any number of times, whoever asks."""
    row = StripeEvent.objects.get(name=name)
    if row.state == State.DONE:
        return row.outcome
    event = Event(row.name, row.type, row.livemode, row.account, json.loads(row.body))
    return _counted(event.type, _heard(event, _payment_of(event)))


def _heard(event: Event, payment: Payment | None) -> str:
    if payment is None:
        return _written(event, None, None, "unknown")
    if event.type in REFUNDS:
        return _written(event, payment, None, "refund")
    try:
        seen = look(payment, _link_in(event)) if _worth_a_look(event, payment) else None
    except ProviderError as trouble:
        logger.warning("event %s waits for the till: %s", event.name, trouble)
        return _later(event)
    return _written(event, payment, seen, "already" if payment.status == "succeeded" else "waiting")


def _worth_a_look(event: Event, payment: Payment) -> bool:
    """What has ended is looked at again only where it is claimed that it was paid after all."""
    claims_paid = event.type.endswith(("completed", "succeeded"))
    return payment.status in Payment.LIVE or (claims_paid and payment.status != Payment.Status.SUCCEEDED)


def _payment_of(event: Event) -> Payment | None:
    found = Payment.objects.select_related("tab")
    said = event.thing.get("metadata")
    if isinstance(said, dict) and (code := said.get(PAYMENT)):
        return found.filter(code=str(code)[:32]).first()
    intent = event.thing["id"] if event.type.startswith(INTENT) else event.thing.get("payment_intent")
    return found.filter(intent=str(intent)[:120]).first() if intent else None


def _link_in(event: Event) -> str:
    """What the link is called, while our own call has not come back. A claim: the till is asked for it."""
    if event.type.startswith(SESSION):
        return str(event.thing.get("payment_link") or event.thing["id"])
    return ""


@committed
def _written(event: Event, payment: Payment | None, seen: Seen | None, otherwise: str) -> str:
    row = _row(event)
    if row.state == State.DONE:
        return row.outcome
    outcome = otherwise
    if payment and seen:
        outcome = str(believe(payment, seen, Cause(f"event:{event.name}", actor="stripe", source="webhook")))
    elif payment and otherwise == "refund":
        announce_refund_news(payment)
    row.state, row.outcome, row.done_at = State.DONE, outcome, timezone.now()
    row.payment = payment.code if payment else ""
    row.save(update_fields=["state", "outcome", "done_at", "payment"])
    return outcome


@committed
def _later(event: Event) -> str:
    row = _row(event)
    row.attempts += 1
    row.due_at = timezone.now() + timedelta(seconds=min(LONGEST_WAIT, 5 * 2 ** min(row.attempts, 12)))
    row.save(update_fields=["attempts", "due_at"])
    return "pending"


def _row(event: Event) -> StripeEvent:
    """Held until the transaction ends, so that the same event at once is one after the other."""
    return StripeEvent.objects.select_for_update().get(name=event.name)


def sweep() -> int:
    """Events that wait for the till, or whose job was lost, oldest first. Returns how many were done."""
    waiting = StripeEvent.objects.filter(state=State.PENDING, due_at__lte=timezone.now()).order_by("pk")
    names = list(waiting.values_list("name", flat=True)[:200])
    return sum(hear(name) != "pending" for name in names)


def forget_bodies() -> int:
    """What an event said is kept for ninety days; that it came, for good."""
    old = StripeEvent.objects.filter(received_at__lt=timezone.now() - KEPT, state=State.DONE)
    return old.exclude(body="").update(body="")


def _counted(kind: str, outcome: str) -> str:
    """Types that we do not know are one: strangers make no series."""
    STRIPE_EVENTS.labels(kind if kind in LINKS | REFUNDS else "other", outcome).inc()
    return outcome
