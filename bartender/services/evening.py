"""The evening as staff see it on one page: a fixed, small number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from bartender.costs import budgets
from bartender.records.menu import MenuItem, Venue
from bartender.records.visits import OrderLine, Ticket, Turn, Visit
from bartender.services.days import BusinessDay, business_day
from bartender.services.tickets import NEXT
from payments import figures
from payments.figures import Taken, Unsettled
from payments.models import Tab

MOST_ROWS = 8
# Enough for a median and a 95th percentile; the busiest evening does not make the page slower.
MOST_TURNS = 1_000


@dataclass(frozen=True)
class Pace:
    """How many turns, and how fast Maya answered them."""

    turns: int
    failed: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True)
class Hour:
    at: datetime
    cents: int
    share: int


@dataclass(frozen=True)
class Poured:
    name: str
    units: int
    share: int


@dataclass(frozen=True)
class Evening:
    day: BusinessDay
    venue: Venue
    taken: Taken
    unsettled: Unsettled
    open_tabs: Sequence[Tab]
    flagged: Sequence[Tab]
    hours: Sequence[Hour]
    top: Sequence[Poured]
    visits: int
    here: int
    pace: Pace
    spent_microcents: int
    waiting: int
    oldest_ticket: datetime | None
    tickets: Sequence[Ticket]
    off_sale: Sequence[MenuItem]

    @property
    def since(self) -> str:
        """For links to the lists of tonight."""
        return self.day.start.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00:00")

    @property
    def saving(self) -> str:
        """What the day's budget does to the answers by now."""
        step = budgets.step(self.spent_microcents, self.venue.day_budget_cents)
        return {"shorter": "Maya is brief", "house": "the house brain answers"}.get(step, "")

    @cached_property
    def waited_minutes(self) -> int | None:
        if self.oldest_ticket is None:
            return None
        return int((timezone.now() - self.oldest_ticket).total_seconds() // 60)


def evening(venue: Venue, at: datetime) -> Evening:
    day = business_day(venue, at)
    return Evening(
        day=day,
        venue=venue,
        taken=figures.taken(day.start, day.end),
        unsettled=figures.unsettled(),
        open_tabs=list(figures.with_something_on().order_by("-owed_cents")[:MOST_ROWS]),
        flagged=list(figures.left_unpaid().order_by("flagged_at")[:MOST_ROWS]),
        hours=_hours(day),
        top=_top(day),
        pace=_pace(day),
        spent_microcents=budgets.spent_on(day),
        tickets=list(_unserved().prefetch_related("lines")[:MOST_ROWS]),
        off_sale=list(MenuItem.objects.filter(available=False, listed=True)),
        **_visits(day),
        **_waiting(),
    )


def _hours(day: BusinessDay) -> list[Hour]:
    """From the first hour with a sale to the last, the quiet ones between them included."""
    sold = figures.sold_by_hour(day.start, day.end)
    if not sold:
        return []
    at, last, most = min(sold), max(sold), max(*sold.values(), 1)
    hours = []
    while at <= last:
        cents = sold.get(at, 0)
        hours.append(Hour(at, cents, max(cents, 0) * 100 // most))
        at += timedelta(hours=1)
    return hours


def _top(day: BusinessDay) -> list[Poured]:
    lines = OrderLine.objects.filter(ordered_at__gte=day.start, ordered_at__lt=day.end, quantity__gt=0)
    rows = lines.order_by().values_list("name").annotate(units=Sum("quantity")).order_by("-units", "name")
    found = list(rows[:MOST_ROWS])
    most = max((units for _, units in found), default=1)
    return [Poured(name, units, units * 100 // most) for name, units in found]


def _visits(day: BusinessDay) -> dict[str, Any]:
    today = Q(opened_at__gte=day.start, opened_at__lt=day.end)
    return Visit.objects.aggregate(
        visits=Count("pk", filter=today), here=Count("pk", filter=Q(closed_at=None))
    )


def _waiting() -> dict[str, Any]:
    return _unserved().aggregate(waiting=Count("pk"), oldest_ticket=Min("fired_at"))


def _unserved() -> QuerySet[Ticket]:
    return Ticket.objects.filter(status__in=list(NEXT))


def _pace(day: BusinessDay) -> Pace:
    turns = Turn.objects.mayas().filter(started_at__gte=day.start, started_at__lt=day.end)
    bad = Q(outcome__in=[Turn.Outcome.FAILED, Turn.Outcome.INTERRUPTED])
    counted = turns.aggregate(turns=Count("pk"), failed=Count("pk", filter=bad))
    newest = turns.filter(elapsed_ms__isnull=False).order_by("-id")
    measured = newest.values_list("elapsed_ms", flat=True)[:MOST_TURNS]
    took = sorted(ms for ms in measured if ms is not None)
    return Pace(**counted, p50_ms=_quantile(took, 50), p95_ms=_quantile(took, 95))


def _quantile(values: Sequence[float], percent: int) -> float | None:
    """The nearest rank: a time that was really measured."""
    return values[-(-len(values) * percent // 100) - 1] if values else None
