"""The staff's overview of the current business day, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, Sum, Window
from django.utils import timezone

from bartender.costs import budgets
from bartender.models.assistance import AssistanceRequest
from bartender.models.menu import MenuItem, Venue
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Ticket, Turn, Visit
from bartender.services.stock import StockLevel, stock_levels
from bartender.services.tickets import waiting_tickets
from maya_site.core.venue import BusinessDay, business_day_at
from payments import money_notices, summaries
from payments.models import MoneyNotice, Tab
from payments.summaries import RevenueSummary, UnsettledSummary

MAX_ROWS = 8
# Enough for a median and a 95th percentile; the busiest evening does not make the page slower.
MAX_MEASURED_TURNS = 1_000


@dataclass(frozen=True)
class ResponseTimes:
    """The number of turns, and the time Maya took for them, in ms."""

    turns: int
    failed: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True)
class HourlySales:
    at: datetime
    cents: int
    share: int


@dataclass(frozen=True)
class TopSeller:
    name: str
    units: int
    share: int


@dataclass(frozen=True)
class EveningSummary:
    day: BusinessDay
    venue: Venue
    taken: RevenueSummary
    unsettled: UnsettledSummary
    open_tabs: Sequence[Tab]
    flagged: Sequence[Tab]
    notices: Sequence[MoneyNotice]
    hours: Sequence[HourlySales]
    top: Sequence[TopSeller]
    visits: int
    present: int
    pace: ResponseTimes
    spent_microcents: int
    waiting: int
    oldest_ticket: datetime | None
    tickets: Sequence[Ticket]
    off_sale: Sequence[MenuItem]
    low_stock: Sequence[StockLevel]  # what runs low, is gone or must be counted
    requests: Sequence[AssistanceRequest]  # of guests who call a person, the longest waiting first
    unresolved: int
    approvals: Sequence[StaffAction]  # what waits for a second person

    @property
    def since(self) -> str:
        """The start of the day in UTC, for filters in links to the admin's lists."""
        return self.day.start.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00:00")

    @property
    def saving(self) -> str:
        """How the day's budget limits the answers at the moment; "" if it does not."""
        step = budgets.budget_level_for(self.spent_microcents, self.venue.day_budget_cents)
        return {"shorter": "Maya is brief", "house": "the house brain answers"}.get(step, "")

    @cached_property
    def waited_minutes(self) -> int | None:
        if self.oldest_ticket is None:
            return None
        return int((timezone.now() - self.oldest_ticket).total_seconds() // 60)


def build_evening_summary(venue: Venue, at: datetime) -> EveningSummary:
    day = business_day_at(venue, at)
    return EveningSummary(
        day=day,
        venue=venue,
        taken=summaries.summarize_revenue(day.start, day.end),
        unsettled=summaries.summarize_unsettled(),
        open_tabs=list(summaries.unsettled_nonempty_tabs().order_by("-owed_cents")[:MAX_ROWS]),
        flagged=list(summaries.abandoned_tabs().order_by("flagged_at")[:MAX_ROWS]),
        notices=list(money_notices.unacknowledged_notices()[: money_notices.MAX_SHOWN]),
        hours=_hourly_sales(day),
        top=_top_sellers(day),
        pace=_response_times(day),
        spent_microcents=budgets.spent_microcents_on(day),
        approvals=list(StaffAction.objects.awaiting_approval()[:MAX_ROWS]),
        off_sale=list(MenuItem.objects.filter(available=False, listed=True)),
        low_stock=[one for one in stock_levels(counted_only=True) if one.state],
        **_unresolved_requests(),
        **_visit_counts(day),
        **_waiting_tickets(),
    )


def _hourly_sales(day: BusinessDay) -> list[HourlySales]:
    """From the first to the last hour with a sale, including hours without one in between."""
    sold = summaries.net_sales_by_hour(day.start, day.end)
    if not sold:
        return []
    at, last, most = min(sold), max(sold), max(*sold.values(), 1)
    hours = []
    while at <= last:
        cents = sold.get(at, 0)
        hours.append(HourlySales(at, cents, max(cents, 0) * 100 // most))
        at += timedelta(hours=1)
    return hours


def _top_sellers(day: BusinessDay) -> list[TopSeller]:
    lines = OrderLine.objects.filter(ordered_at__gte=day.start, ordered_at__lt=day.end, quantity__gt=0)
    rows = lines.order_by().values_list("name").annotate(units=Sum("quantity")).order_by("-units", "name")
    found = list(rows[:MAX_ROWS])
    most = max((units for _, units in found), default=1)
    return [TopSeller(name, units, units * 100 // most) for name, units in found]


def _unresolved_requests() -> dict[str, Any]:
    unresolved = AssistanceRequest.objects.unresolved().annotate(total=Window(Count("*")))
    found: Any = unresolved.select_related("visit", "answered_by").order_by("open_since", "id")
    rows = list(found[:MAX_ROWS])
    return {"requests": rows, "unresolved": rows[0].total if rows else 0}


def _visit_counts(day: BusinessDay) -> dict[str, Any]:
    """Two questions, each with its index: one for both would read the visits of all years."""
    today = Visit.objects.filter(opened_at__gte=day.start, opened_at__lt=day.end)
    return {"visits": today.count(), "present": Visit.objects.active().count()}


def _waiting_tickets() -> dict[str, Any]:
    """The longest waiting first."""
    waiting: Any = waiting_tickets().annotate(total=Window(Count("*"))).prefetch_related("lines")
    rows = list(waiting.order_by("fired_at", "id")[:MAX_ROWS])
    oldest = rows[0].fired_at if rows else None
    return {"tickets": rows, "waiting": rows[0].total if rows else 0, "oldest_ticket": oldest}


def _response_times(day: BusinessDay) -> ResponseTimes:
    turns = Turn.objects.answered_by_maya().filter(started_at__gte=day.start, started_at__lt=day.end)
    bad = Q(outcome__in=[Turn.Outcome.FAILED, Turn.Outcome.INTERRUPTED])
    counted = turns.aggregate(turns=Count("pk"), failed=Count("pk", filter=bad))
    newest = turns.filter(elapsed_ms__isnull=False).order_by("-id")
    measured = newest.values_list("elapsed_ms", flat=True)[:MAX_MEASURED_TURNS]
    took = sorted(ms for ms in measured if ms is not None)
    return ResponseTimes(**counted, p50_ms=percentile(took, 50), p95_ms=percentile(took, 95))


def percentile(values: Sequence[float], percent: int) -> float | None:
    """By the nearest-rank method, so it is a measured value."""
    return values[-(-len(values) * percent // 100) - 1] if values else None
