"""Records what other systems are told of, in the transaction of whatever happened."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from maya_site.events.models import Event, EventKind
from maya_site.tasks.enqueue import enqueue

FAN_OUT_TASK = "fan_out_event"
DELIVER_TASK = "deliver_event"


def is_on() -> bool:
    """Whether anybody is told: EVENTS_TOKEN is set."""
    return bool(settings.EVENTS_TOKEN)


def record_event(kind: EventKind, cause: str, data: dict[str, Any]) -> Event | None:
    """Makes the event and the job that tells of it, in the caller's transaction: a rollback leaves neither.
    The same `cause` again is the same event. Amounts in `data` are minor units. Returns None where events
    are off."""
    if not is_on():
        return None
    wanted = {"kind": kind, "at": timezone.now(), "data": data}
    event, made = Event.objects.get_or_create(key=f"{kind}:{cause}"[:200], defaults=wanted)
    if made:
        enqueue(FAN_OUT_TASK, f"event-out:{event.pk}", event=event.pk)
    return event


def as_json(event: Event) -> dict[str, Any]:
    """As it is posted and shown in the feed; docs/reference/events.schema.json describes it."""
    return {
        "id": str(event.uuid),
        "sequence": event.pk,
        "type": event.kind,
        "timestamp": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": event.data,
    }
