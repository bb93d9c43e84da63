"""Guests who wait for a person's word, as the display shows them: two buttons each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from bartender.display.board import guest_name
from bartender.display.timed import Timed, seconds_since
from bartender.records.serving import StaffLeave

MOST_WISHES = 12
WORDS = {
    StaffLeave.Kind.ALCOHOL: ("Another drink?", "Pour it", "Alcohol-free"),
    StaffLeave.Kind.ALLERGY: ("Despite an allergy?", "Yes, pour it", "Better not"),
    StaffLeave.Kind.AGE: ("ID, please", "ID seen", "No alcohol"),
}


@dataclass(frozen=True)
class Wish(Timed):
    number: int
    visit: str
    guest: str
    title: str
    about: str
    allergies: tuple[str, ...]
    yes: str
    no: str


def wishes() -> list[Wish]:
    """Oldest first, in one query."""
    waiting = StaffLeave.objects.filter(status=StaffLeave.Status.WAITING, visit__closed_at=None)
    return [_wish(row) for row in waiting.select_related("visit", "item").order_by("id")[:MOST_WISHES]]


def _wish(row: StaffLeave) -> Wish:
    title, yes, no = WORDS[StaffLeave.Kind(row.kind)]
    return Wish(
        number=row.pk,
        visit=row.visit.code,
        guest=guest_name(row.visit),
        title=title,
        about=row.item.name if row.item else row.about,
        allergies=tuple(row.visit.allergies) if row.kind == StaffLeave.Kind.ALLERGY else (),
        yes=yes,
        no=no,
        since=row.asked_at,
        seconds=seconds_since(row.asked_at, timezone.now()),
    )
