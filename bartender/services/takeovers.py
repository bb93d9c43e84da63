"""Takeovers: a person answers a guest in Maya's place, and Maya is silent until it is handed back.

No brain is involved, so it works while none of them does.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.errors import NotTakenOver, TakenOverBy, VisitClosed
from bartender.models.display import Takeover
from bartender.models.visits import STAFF_BRAIN, Turn, Visit
from bartender.services.announcements import record_unprompted_turn
from maya_site.core.db import atomic_with_retry

TAKEOVER_MESSAGE = "A person from the bar is with you now. Maya is listening and says nothing."
HANDBACK_MESSAGE = "Maya is with you again."


@atomic_with_retry
def take_over(visit: Visit, by: User) -> Takeover:
    """The same person may take over twice. Locks the visit's row. Raises VisitClosed or TakenOverBy."""
    held = _lock_visit(visit)
    if held.closed_at is not None:
        raise VisitClosed
    if held.taken_over_by and held.taken_over_by != by:
        raise TakenOverBy(held.taken_over_by.get_username())
    if held.taken_over_by:
        return Takeover.objects.get(visit=held, ended_at=None)
    taken = Takeover.objects.create(visit=held, started_by=by)
    _set_taken_over_by(held, by)
    record_unprompted_turn(
        held, _translate_for_guest(held, TAKEOVER_MESSAGE), f"takeover-{taken.pk}", STAFF_BRAIN, by
    )
    return taken


@atomic_with_retry
def send_staff_reply(visit: Visit, text: str, by: User, key: str) -> Turn:
    held = _lock_visit(visit)
    if not held.taken_over_by:
        raise NotTakenOver
    if held.taken_over_by != by:
        raise TakenOverBy(held.taken_over_by.get_username())
    return record_unprompted_turn(held, text, key, STAFF_BRAIN, by)


@atomic_with_retry
def hand_back(visit: Visit, by: User, summary: list[str]) -> bool:
    """Returns whether there was a takeover. Anybody with the permission may end it, since shifts end.

    The summary becomes a turn of the conversation, so the guest reads it and Maya's brain knows of it.
    """
    held = _lock_visit(visit)
    if held.taken_over_by_id is None:
        return False
    text = "\n".join(summary)
    taken = Takeover.objects.get(visit=held, ended_at=None)
    taken.ended_at, taken.ended_by, taken.summary = timezone.now(), by, text
    taken.save(update_fields=["ended_at", "ended_by", "summary"])
    record_unprompted_turn(
        held,
        f"{_translate_for_guest(held, HANDBACK_MESSAGE)}\n{text}",
        f"handback-{taken.pk}",
        STAFF_BRAIN,
        by,
    )
    _set_taken_over_by(held, None)
    return True


def _translate_for_guest(held: Visit, text: str) -> str:
    """Into the guest's language: the active one is that of the member of staff."""
    with override(held.language):
        return _(text)


def _lock_visit(visit: Visit) -> Visit:
    return Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)


def _set_taken_over_by(held: Visit, by: User | None) -> None:
    held.taken_over_by = by
    held.save(update_fields=["taken_over_by"])
