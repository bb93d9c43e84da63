"""Stock by business dates: each movement, and what was used by recipe against what counts found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BooleanField, Case, QuerySet, Sum, Value, When
from django.db.models.functions import TruncHour

from bartender.books.journal_pages import PAGE_SIZE, DateRange
from bartender.models.ingredients import Ingredient
from bartender.models.menu import Venue
from bartender.models.stock import StockMovement
from maya_site.core.money import MICROCENTS_PER_CENT
from maya_site.core.venue import business_day_at, business_day_on

Kind = StockMovement.Kind
Row = dict[str, Any]
ZERO = Decimal(0)


@dataclass(frozen=True)
class StockUse:
    """One ingredient on one business date, in its unit. `difference`: what counts found, less what there
    should have been; a first count finds none. It belongs to all the time since the count before."""

    business_date: date
    ingredient: str
    unit: str
    unit_cost: Decimal | None  # of one ml or of one, in minor units; None: nobody knows
    delivered: Decimal = ZERO
    used: Decimal = ZERO  # by recipe, of what was made
    lost: Decimal = ZERO  # entered as waste or breakage
    corrected: Decimal = ZERO
    difference: Decimal | None = None  # None: nobody counted that day

    @property
    def poured(self) -> Decimal | None:
        """What must have been poured, by the count."""
        return None if self.difference is None else self.used - self.difference

    @property
    def difference_cents(self) -> int | None:
        if self.difference is None or self.unit_cost is None:
            return None
        return int((self.difference * self.unit_cost).to_integral_value(ROUND_HALF_UP))


def movements_of(dates: DateRange) -> QuerySet[StockMovement]:
    venue = Venue.current()
    start, end = business_day_on(venue, dates.first).start, business_day_on(venue, dates.last).end
    return StockMovement.objects.filter(made_at__gte=start, made_at__lt=end)


def stock_use(dates: DateRange) -> list[StockUse]:
    """By date, then by name. One query over the dates' movements, one over the ingredients."""
    venue = Venue.current()
    hour = TruncHour("made_at", tzinfo=business_day_on(venue, dates.first).start.tzinfo)
    rows = movements_of(dates).order_by().annotate(hour=hour, is_first=_is_first_count())
    sums: dict[tuple[date, int], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for number, kind, at, is_first, amount in rows.values_list(
        "ingredient", "kind", "hour", "is_first"
    ).annotate(sum=Sum("amount")):
        if not (kind == Kind.COUNT and is_first):  # before it nobody knew what there should be
            sums[business_day_at(venue, at).date, number][kind] += amount
    known = Ingredient.objects.in_bulk([number for _day, number in sums])
    found = [_stock_use(day, known[number], amounts) for (day, number), amounts in sums.items()]
    return sorted(found, key=lambda one: (one.business_date, one.ingredient))


def _is_first_count() -> Case:
    return Case(When(expected=None, then=Value(True)), default=Value(False), output_field=BooleanField())


def _stock_use(day: date, row: Ingredient, amounts: dict[str, Decimal]) -> StockUse:
    return StockUse(
        business_date=day,
        ingredient=row.name,
        unit=row.unit,
        unit_cost=row.unit_cost,
        delivered=amounts.get(Kind.DELIVERY, ZERO),
        used=-amounts.get(Kind.USE, ZERO) - amounts.get(Kind.TAKEN_BACK, ZERO),
        lost=-amounts.get(Kind.WASTE, ZERO) - amounts.get(Kind.BREAKAGE, ZERO),
        corrected=amounts.get(Kind.CORRECTION, ZERO),
        difference=amounts.get(Kind.COUNT),
    )


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.1f}"  # SQLite sums without the tenth


def stock_use_rows(dates: DateRange) -> Iterator[list[Row]]:
    currency = Venue.current().currency
    yield [
        {
            "business_date": one.business_date.isoformat(),
            "ingredient": one.ingredient,
            "unit": one.unit,
            "delivered": _plain(one.delivered),
            "used_by_recipe": _plain(one.used),
            "poured_by_count": _plain(one.poured),
            "difference": _plain(one.difference),
            "waste_and_breakage": _plain(one.lost),
            "corrected": _plain(one.corrected),
            "currency": currency,
            "cost_is_known": one.unit_cost is not None,
            "difference_cost_cents": one.difference_cents or 0,
        }
        for one in stock_use(dates)
    ]


def movement_rows(dates: DateRange) -> Iterator[list[Row]]:
    """The movements in pages, in the order in which they were written."""
    venue, after = Venue.current(), 0
    found = movements_of(dates).select_related("ingredient", "made_by").order_by("pk")
    while page := list(found.filter(pk__gt=after)[:PAGE_SIZE]):
        yield [_movement_row(row, business_day_at(venue, row.made_at).date, venue.currency) for row in page]
        after = page[-1].pk


def _movement_row(row: StockMovement, day: date, currency: str) -> Row:
    at: datetime = row.made_at
    return {
        "business_date": day.isoformat(),
        "time": at.isoformat(),
        "ingredient": row.ingredient.name,
        "unit": row.ingredient.unit,
        "kind": row.kind,
        "amount": _plain(row.amount),
        "balance": _plain(row.balance),
        "expected": _plain(row.expected),
        "currency": currency,
        "cost_is_known": row.cost_microcents is not None,
        "cost_cents": round(Decimal(row.cost_microcents or 0) / MICROCENTS_PER_CENT),
        "ticket": row.ticket_id or "",
        "by": row.made_by.get_username() if row.made_by else "",
        "note": row.note,
    }
