"""A person behind the bar answers a guest in Maya's place. She is silent until they hand back.

Nothing here asks a brain: it works with every one of them dead.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.errors import NotTaken, TakenBy, VisitOver
from bartender.records.room import Takeover
from bartender.records.visits import PERSON, Turn, Visit
from bartender.services.remarks import written
from maya_site.lib.db import committed

BEGUN = "A person from the bar is with you now. Maya is listening and says nothing."
BACK = "Maya is with you again."


@committed
def take_over(visit: Visit, by: str) -> Takeover:
    """The same person twice is once."""
    held = _held(visit)
    if held.closed_at is not None:
        raise VisitOver
    if held.taken_by and held.taken_by != by:
        raise TakenBy(held.taken_by)
    if held.taken_by:
        return Takeover.objects.get(visit=held, ended_at=None)
    taken = Takeover.objects.create(visit=held, by=by)
    _set(held, by)
    written(held, _in_words(held, BEGUN), f"takeover-{taken.pk}", PERSON, by)
    return taken


@committed
def answer(visit: Visit, text: str, by: str, key: str) -> Turn:
    held = _held(visit)
    if not held.taken_by:
        raise NotTaken
    if held.taken_by != by:
        raise TakenBy(held.taken_by)
    return written(held, text, key, PERSON, by)


@committed
def hand_back(visit: Visit, by: str, summary: list[str]) -> bool:
    """Whether there was anything to hand back. Anybody may who may take over: shifts end.

    The two lines stand in the conversation: the guest reads them, and so does whatever thinks for Maya.
    """
    held = _held(visit)
    if not held.taken_by:
        return False
    text = "\n".join(summary)
    taken = Takeover.objects.get(visit=held, ended_at=None)
    taken.ended_at, taken.ended_by, taken.summary = timezone.now(), by, text
    taken.save(update_fields=["ended_at", "ended_by", "summary"])
    written(held, f"{_in_words(held, BACK)}\n{text}", f"handback-{taken.pk}", PERSON, by)
    _set(held, "")
    return True


def _in_words(held: Visit, text: str) -> str:
    """In the guest's language, not in that of who stands behind the bar."""
    with override(held.language):
        return _(text)


def _held(visit: Visit) -> Visit:
    return Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)


def _set(held: Visit, by: str) -> None:
    held.taken_by = by
    held.save(update_fields=["taken_by"])
