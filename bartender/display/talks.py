"""Conversations that go on just now, as staff see them: who waits for a person comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.utils import timezone

from bartender.conversation.facts import on_the_tab
from bartender.display.board import guest_name
from bartender.display.timed import Timed, seconds_since
from bartender.records.visits import NEWS, PERSON, Turn, Visit
from bartender.services.bills import bill_of

MOST_TALKS = 12
MOST_TURNS = 60
LINE_MOST = 160


@dataclass(frozen=True)
class Talk(Timed):
    visit: str
    guest: str
    taken_by: str
    last: str
    who: str  # whose words the last ones are
    waits: bool  # for a person's answer
    failed: bool  # Maya could not answer


def talks() -> list[Talk]:
    """Who waits first, then whoever spoke last. Two queries, however many are here."""
    said = Turn.objects.filter(visit=OuterRef("pk")).exclude(brain=NEWS).order_by("-id")
    taken = Case(When(taken_by="", then=Value(1)), default=Value(0), output_field=IntegerField())
    here = Visit.objects.here().annotate(last=Subquery(said.values("pk")[:1]), taken=taken)
    rows: list[Any] = list(here.filter(last__isnull=False).order_by("taken", "-last")[:MOST_TALKS])
    turns = Turn.objects.in_bulk([row.last for row in rows])
    found = [_talk(row, turns[row.last]) for row in rows if row.last in turns]
    return sorted(found, key=lambda one: not one.waits)


def _talk(visit: Visit, turn: Turn) -> Talk:
    guests = turn.unanswered or not turn.reply
    return Talk(
        visit=visit.code,
        guest=guest_name(visit),
        taken_by=visit.taken_by,
        last=(turn.said if guests else turn.reply)[:LINE_MOST],
        who="Guest" if guests else turn.who,
        since=turn.started_at,
        seconds=seconds_since(turn.started_at, timezone.now()),
        waits=bool(visit.taken_by) and turn.unanswered,
        failed=turn.outcome == Turn.Outcome.FAILED,
    )


def turns_of(visit: Visit) -> list[Turn]:
    return list(visit.turns.order_by("-id")[:MOST_TURNS])[::-1]


def two_lines(visit: Visit) -> list[str]:
    """A beginning for whoever hands back: what the guest wanted last, and what is on the tab."""
    guests = visit.turns.filter(brain=PERSON).exclude(said="").order_by("-id").first()
    asked = f"The guest said: “{_one_line(guests.said)}”" if guests else "The guest asked for nothing else."
    return [asked, on_the_tab(bill_of(visit).lines)]


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LINE_MOST else f"{line[: LINE_MOST - 1]}…"
