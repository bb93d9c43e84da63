"""How the bar worked over some business dates: pace, refusals, and what was asked for and not had."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from bartender.books.journal_pages import DateRange
from bartender.models.display import TicketMove
from bartender.models.menu import Venue
from bartender.models.responsible_service import Approval
from bartender.models.visits import Ticket, Turn, Visit
from bartender.services.evening_summary import MAX_MEASURED_TURNS, percentile
from maya_site.core.venue import business_day_on, venue_timezone

# Of refused calls, those that ask for what is not to be had, and where each names it.
NOT_HAD = {
    "NotOnTheMenu": ("requested_name", "not on the menu"),
    "SoldOut": ("item", "sold out"),
    "IngredientOut": ("ingredient", "an ingredient was out"),
    "ModifierNotAvailable": ("requested_name", "not made that way"),
    "TooFewPortions": ("item", "too few left"),
}
MAX_NOT_HAD = 40


@dataclass(frozen=True)
class Pace:
    """In one hour of the clock. Minutes from sending to ready; seconds of Maya's answers."""

    hour: str
    tickets: int
    p50_minutes: float | None
    p95_minutes: float | None


@dataclass(frozen=True)
class ServiceReport:
    pace: list[Pace]
    all_tickets: Pace
    answers: int
    failed: int
    answer_p50_ms: float | None
    answer_p95_ms: float | None
    decisions: list[tuple[str, int, int]]  # kind, yes, no
    refusals: list[tuple[str, int]]  # of what was asked of Maya, by the refusal's name
    not_had: list[tuple[str, str, int]]  # what, why, how often


def build_service_report(dates: DateRange) -> ServiceReport:
    venue = Venue.current()
    start, end = business_day_on(venue, dates.first).start, business_day_on(venue, dates.last).end
    hours = _waits_by_hour(start, end)
    turn_at = venue.day_start_hour
    refusals, not_had = _refused_calls(start, end)
    not_had.update(_not_had_without_a_call(start, end))
    turns = Turn.objects.answered_by_maya().filter(started_at__gte=start, started_at__lt=end).order_by()
    bad = Q(outcome__in=[Turn.Outcome.FAILED, Turn.Outcome.INTERRUPTED])
    counted = turns.aggregate(answers=Count("pk"), failed=Count("pk", filter=bad))
    newest = turns.filter(elapsed_ms__isnull=False).order_by("-id").values_list("elapsed_ms", flat=True)
    took = sorted(ms for ms in newest[:MAX_MEASURED_TURNS] if ms is not None)
    return ServiceReport(
        pace=[
            _pace(f"{hour:02}:00", hours[hour])
            for hour in sorted(hours, key=lambda hour: (hour - turn_at) % 24)
        ],
        all_tickets=_pace("all", [wait for waits in hours.values() for wait in waits]),
        answer_p50_ms=percentile(took, 50),
        answer_p95_ms=percentile(took, 95),
        decisions=_decisions(start, end),
        refusals=refusals.most_common(),
        not_had=[(what, why, many) for (what, why), many in not_had.most_common(MAX_NOT_HAD)],
        **counted,
    )


def _waits_by_hour(start: datetime, end: datetime) -> dict[int, list[float]]:
    """Minutes from sending to ready for the first time, by the hour of sending."""
    moves = TicketMove.objects.filter(
        ticket__fired_at__gte=start,
        ticket__fired_at__lt=end,
        from_status=Ticket.Status.IN_PREP,
        to_status=Ticket.Status.READY,
    ).order_by()
    zone, found = venue_timezone(), defaultdict(list)
    for fired_at, ready_at in moves.values_list("ticket__fired_at", "moved_at"):
        found[fired_at.astimezone(zone).hour].append((ready_at - fired_at).total_seconds() / 60)
    return found


def _pace(hour: str, waits: list[float]) -> Pace:
    waits = sorted(waits)
    return Pace(hour, len(waits), percentile(waits, 50), percentile(waits, 95))


def _decisions(start: datetime, end: datetime) -> list[tuple[str, int, int]]:
    """What people decided on what guests are served."""
    rows = Approval.objects.filter(decided_at__gte=start, decided_at__lt=end).order_by()
    found: Counter[tuple[str, str]] = Counter()
    for kind, status, many in rows.values_list("kind", "status").annotate(many=Count("pk")):
        found[kind, status] += many
    kinds = sorted({kind for kind, _status in found})
    return [
        (
            str(Approval.Kind(kind).label).capitalize(),
            found[kind, Approval.Status.GIVEN],
            found[kind, Approval.Status.DECLINED],
        )
        for kind in kinds
    ]


def _not_had_without_a_call(start: datetime, end: datetime) -> Counter[tuple[str, str]]:
    """What the rule-based brain has noted of each visit: it knows the menu, and calls no tool for what is not
    on it."""
    visits = Visit.objects.filter(opened_at__gte=start, opened_at__lt=end, brain_state__has_key="not_had")
    noted = visits.order_by().values_list("brain_state__not_had", flat=True)
    return Counter((str(what).lower(), "not on the menu") for names in noted for what in names)


def _refused_calls(start: datetime, end: datetime) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Of turns that are not erased yet: what guests said is kept for the venue's retention days only."""
    turns = Turn.objects.filter(started_at__gte=start, started_at__lt=end).exclude(tool_calls=[]).order_by()
    refusals: Counter[str] = Counter()
    not_had: Counter[tuple[str, str]] = Counter()
    for calls in turns.values_list("tool_calls", flat=True).iterator():
        for call in calls:
            about: dict[str, Any] = {} if call.get("ok") else call.get("facts") or {}
            if error := about.get("error"):
                refusals[error] += 1
                if error in NOT_HAD:
                    name, why = NOT_HAD[error]
                    what = str(about.get(name, ""))[:60].strip().lower()
                    not_had[what or "?", why] += 1
    return refusals, not_had
