"""Open conversations on the bar display; guests who wait for a person's answer come first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.utils import timezone

from bartender.facts.order import describe_tab
from bartender.models.visits import ANNOUNCEMENT_BRAIN, STAFF_BRAIN, Turn, Visit
from bartender.services.bills import bill_of
from bartender.web.display.board import guest_name
from bartender.web.display.waiting_time import TimedRow, count_hidden, count_over_all_rows, seconds_since

MAX_CONVERSATIONS = 12
MAX_TURNS = 60
MAX_LINE_LENGTH = 160


@dataclass(frozen=True)
class ConversationRow(TimedRow):
    visit: str
    guest: str
    taken_over_by: str  # a username, empty where Maya answers
    last: str
    who: str  # whose words the last ones are
    waits: bool  # for a person's answer
    failed: bool  # Maya could not answer


@dataclass(frozen=True)
class ConversationList:
    """The newest conversations, and how many more there are."""

    rows: tuple[ConversationRow, ...] = ()
    more: int = 0


def list_conversations() -> ConversationList:
    """Those who wait for a person first, then by the latest turn. A fixed number of queries."""
    said = Turn.objects.filter(visit=OuterRef("pk")).exclude(brain=ANNOUNCEMENT_BRAIN).order_by("-id")
    taken = Case(When(taken_over_by=None, then=Value(1)), default=Value(0), output_field=IntegerField())
    here = Visit.objects.active().annotate(last=Subquery(said.values("pk")[:1]), taken=taken)
    talking = here.filter(last__isnull=False).annotate(total=count_over_all_rows())
    rows: list[Any] = list(talking.order_by("taken", "-last")[:MAX_CONVERSATIONS])
    turns = Turn.objects.in_bulk([row.last for row in rows])
    found = [_conversation_row(row, turns[row.last]) for row in rows if row.last in turns]
    return ConversationList(
        tuple(sorted(found, key=lambda one: not one.waits)), count_hidden(rows, len(rows))
    )


def _conversation_row(visit: Visit, turn: Turn) -> ConversationRow:
    guests = turn.unanswered or not turn.reply_text
    return ConversationRow(
        visit=visit.code,
        guest=guest_name(visit),
        taken_over_by=visit.taken_over_by.get_username() if visit.taken_over_by else "",
        last=(turn.guest_text if guests else turn.reply_text)[:MAX_LINE_LENGTH],
        who="Guest" if guests else turn.who,
        since=turn.started_at,
        seconds=seconds_since(turn.started_at, timezone.now()),
        waits=visit.taken_over_by_id is not None and turn.unanswered,
        failed=turn.outcome == Turn.Outcome.FAILED,
    )


def list_turns(visit: Visit) -> list[Turn]:
    return list(visit.turns.select_related("answered_by").order_by("-id")[:MAX_TURNS])[::-1]


def draft_handback_summary(visit: Visit) -> list[str]:
    """Two suggested lines for a handback: what the guest said last, and what is on the tab."""
    guests = visit.turns.filter(brain=STAFF_BRAIN).exclude(guest_text="").order_by("-id").first()
    latest = (
        f"The guest said: “{_shorten_to_one_line(guests.guest_text)}”"
        if guests
        else "The guest asked for nothing else."
    )
    return [latest, describe_tab(bill_of(visit).lines)]


def _shorten_to_one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_LINE_LENGTH else f"{line[: MAX_LINE_LENGTH - 1]}…"
