"""What was sold, by hour, drink, category, person and table; and what a drink leaves of its price.

All sums are of the ledger's entries, of the same journals that the Z reports of the dates hold, with what no
report holds yet: so they are the reports' to the cent. Each table is summed of the same few grouped rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncHour

from bartender.books.journal_pages import DateRange, entries_of
from bartender.books.stock import movements_of
from bartender.menu.snapshot import current_menu
from bartender.models.menu import MenuItem, Venue
from bartender.models.visits import OrderLine, Visit
from maya_site.core.money import (
    COST_CURRENCY,
    MICROCENTS_PER_CENT,
    apply_rate_milli_percent,
    apportion,
)
from maya_site.core.venue import business_day_on
from payments.models import Journal, LedgerEntry
from payments.reports import COLUMN_CASE, ROW_CASE

Account = LedgerEntry.Account
Row = dict[str, Any]
SOLD_ACCOUNTS = (Account.SALES, Account.COMPS, Account.INCLUDED_TAX)
NOBODY, NO_TABLE, UNKNOWN_ITEM = "nobody yet", "no table", "no longer known"


class SoldRow(NamedTuple):
    """Some entries that have all of this in common. Minor units, debits positive, as in the ledger."""

    row: str  # gross, voids, comps or included_tax, as the Z report has it
    hour: datetime
    item: int | None
    person: str
    table: str
    terms: int | None
    cents: int
    units: int


@dataclass
class SalesSums:
    """One row of a table. `net_cents` is that of the Z report: less voids, comps and tax in the prices."""

    units: int = 0
    gross_cents: int = 0
    voids_cents: int = 0
    comps_cents: int = 0
    included_tax_cents: int = 0

    @property
    def net_cents(self) -> int:
        return self.gross_cents - self.voids_cents - self.comps_cents - self.included_tax_cents

    def add(self, sold: SoldRow) -> None:
        if sold.row == "gross":
            self.gross_cents -= sold.cents
            self.units += sold.units
        elif sold.row == "voids":
            self.voids_cents += sold.cents
            self.units += sold.units
        elif sold.row == "comps":
            self.comps_cents += sold.cents
        else:
            self.included_tax_cents += sold.cents

    def as_row(self) -> Row:
        return {
            "units": self.units,
            "gross_cents": self.gross_cents,
            "voids_cents": self.voids_cents,
            "comps_cents": self.comps_cents,
            "included_tax_cents": self.included_tax_cents,
            "net_cents": self.net_cents,
        }


@dataclass(frozen=True)
class DrinkMargin:
    """What a drink left of its price. A part is None where nobody knows it."""

    name: str
    units: int
    net_cents: int
    ingredients_cents: int | None
    is_by_recipe: bool  # by today's recipe and costs: what was made of it is not recorded
    fees_cents: int | None
    maya_cents: int | None

    @property
    def margin_cents(self) -> int | None:
        """Of what is known; None where the ingredients are not, since most of the cost is theirs."""
        if self.ingredients_cents is None:
            return None
        return self.net_cents - self.ingredients_cents - (self.fees_cents or 0) - (self.maya_cents or 0)

    @property
    def margin_percent(self) -> str:
        if self.margin_cents is None or self.net_cents <= 0:
            return ""
        return f"{Decimal(self.margin_cents * 100) / self.net_cents:.1f} %"


@dataclass(frozen=True)
class SalesReport:
    """Of real money or of play money, over some business dates."""

    dates: DateRange
    money: str
    currency: str
    total: SalesSums
    by_hour: dict[str, SalesSums]
    by_drink: dict[str, SalesSums]
    by_category: dict[str, SalesSums]
    by_person: dict[str, SalesSums]
    by_table: dict[str, SalesSums]
    margins: list[DrinkMargin] = field(default_factory=list)
    maya_microcents: int = 0  # of all visits of the dates, in dollars


def build_sales_report(dates: DateRange, money: str = "real") -> SalesReport:
    """`money`: real or play, as the Z report has them apart. A fixed number of queries."""
    venue = Venue.current()
    rows = _read_sold_rows(dates, money)
    items = _known_items(row.item for row in rows)
    rows = _with_tax_by_item(rows)
    turns_at = venue.day_start_hour

    def name(row: SoldRow) -> str:
        return items[row.item][0] if row.item in items else UNKNOWN_ITEM

    def category(row: SoldRow) -> str:
        return items[row.item][1] if row.item in items else UNKNOWN_ITEM

    total = SalesSums()
    for row in rows:
        total.add(row)
    by_hour = _sum_by(rows, lambda row: f"{row.hour:%H}:00")
    by_drink = _sum_by(rows, name)
    maya = _maya_microcents(dates)
    return SalesReport(
        dates=dates,
        money=money,
        currency=venue.currency,
        total=total,
        by_hour=dict(sorted(by_hour.items(), key=lambda one: (int(one[0][:2]) - turns_at) % 24)),
        by_drink=_dearest_first(by_drink),
        by_category=_dearest_first(_sum_by(rows, category)),
        by_person=_dearest_first(_sum_by(rows, lambda row: row.person)),
        by_table=_dearest_first(_sum_by(rows, lambda row: row.table)),
        margins=_margins(dates, money, venue, by_drink, items, maya),
        maya_microcents=maya,
    )


# --- what was sold ------------------------------------------------------------------------------------


def _read_sold_rows(dates: DateRange, money: str) -> list[SoldRow]:
    """Who sold it: who rang it in, else who has the tab's tip, since they began its first ticket."""
    line = OrderLine.objects.filter(code=OuterRef("reference"))
    seated = Visit.objects.filter(code=OuterRef("tab__visit_code"))
    zone = business_day_on(Venue.current(), dates.first).start.tzinfo
    found = []
    for entries in entries_of(dates, SOLD_ACCOUNTS):
        grouped = entries.annotate(
            column=COLUMN_CASE,
            row=ROW_CASE,
            hour=TruncHour("journal__created_at", tzinfo=zone),
            item=Subquery(line.values("item")[:1]),
            rung_in_by=Subquery(line.values("rung_in_by__username")[:1]),
            server=F("tab__tip_recipient__username"),
            place=Subquery(seated.values("place")[:1]),
        ).filter(column=money)
        values = grouped.values_list("row", "hour", "item", "rung_in_by", "server", "place", "tax_terms")
        for row, hour, item, rung_in_by, server, place, terms, cents, units in values.annotate(
            sum=Sum("cents"), units=Sum("quantity")
        ):
            person = rung_in_by or server or NOBODY
            found.append(SoldRow(row, hour, item, person, place or NO_TABLE, terms, cents, units))
    return found


def _with_tax_by_item(rows: Sequence[SoldRow]) -> list[SoldRow]:
    """The tax in the prices is booked for a bill, in some venues: what has no item is shared out among what
    was sold under the same terms, by its amount. The sums stay as they are."""
    loose: dict[int | None, int] = defaultdict(int)
    sold: dict[int | None, list[SoldRow]] = defaultdict(list)
    found = []
    for row in rows:
        if row.row == "included_tax" and row.item is None:
            loose[row.terms] += row.cents
            continue
        found.append(row)
        if row.row == "gross":
            sold[row.terms].append(row)
    for terms, cents in loose.items():
        of_these = sold[terms] or [row for some in sold.values() for row in some]
        if not of_these:
            found += [
                row for row in rows if row.row == "included_tax" and row.item is None and row.terms == terms
            ]
            continue
        parts = _share(cents, [-row.cents for row in of_these])
        found += [
            row._replace(row="included_tax", cents=part, units=0)
            for row, part in zip(of_these, parts, strict=True)
        ]
    return found


def _share(cents: int, weights: Sequence[int]) -> list[int]:
    """`apportion` for an amount of either sign, and for weights that are not below zero."""
    sign = -1 if cents < 0 else 1
    return [sign * part for part in apportion(abs(cents), [max(0, weight) for weight in weights])]


def _known_items(numbers: Iterable[int | None]) -> dict[int | None, tuple[str, str]]:
    """The names of items and of their categories."""
    wanted = {number for number in numbers if number is not None}
    rows = MenuItem.objects.filter(pk__in=wanted).order_by().values_list("pk", "name", "category__name")
    return {pk: (name, category) for pk, name, category in rows}


def _sum_by(rows: Iterable[SoldRow], key: Callable[[SoldRow], str]) -> dict[str, SalesSums]:
    found: dict[str, SalesSums] = defaultdict(SalesSums)
    for row in rows:
        found[key(row)].add(row)
    return dict(found)


def _dearest_first(sums: dict[str, SalesSums]) -> dict[str, SalesSums]:
    return dict(sorted(sums.items(), key=lambda one: (-one[1].net_cents, one[0])))


# --- what it cost -------------------------------------------------------------------------------------


def _margins(
    dates: DateRange,
    money: str,
    venue: Venue,
    by_drink: Mapping[str, SalesSums],
    items: Mapping[int | None, tuple[str, str]],
    maya_microcents: int,
) -> list[DrinkMargin]:
    """Fees go to the drinks by their amounts, what Maya cost by their number."""
    numbers = {name: number for number, (name, _category) in items.items()}
    costs, unknown = _ingredient_costs(dates, money)
    recipes = {drink.id: drink.plain.cost_cents for drink in current_menu().drinks}
    names = [name for name, sums in by_drink.items() if sums.units > 0]
    fees = _card_fees(dates, venue) if money == "real" else 0
    maya = _to_cents(maya_microcents) if venue.currency == COST_CURRENCY else None
    fee_parts = _parts(fees, [by_drink[name].net_cents for name in names])
    maya_parts = _parts(maya, [by_drink[name].units for name in names])
    found = []
    for name, fee, share in zip(names, fee_parts, maya_parts, strict=True):
        sums, number = by_drink[name], numbers.get(name)
        is_recorded = number in costs or number in unknown
        by_recipe = recipes.get(number) if number is not None else None
        cost = None if by_recipe is None else by_recipe * sums.units
        if is_recorded:
            cost = None if number in unknown else _to_cents(costs[number])
        found.append(DrinkMargin(name, sums.units, sums.net_cents, cost, not is_recorded, fee, share))
    return sorted(found, key=lambda one: (-one.net_cents, one.name))


def _parts(cents: int | None, weights: Sequence[int]) -> list[int | None]:
    if cents is None:
        return [None] * len(weights)
    return list(_share(cents, weights))


def _to_cents(microcents: int) -> int:
    return int((Decimal(microcents) / MICROCENTS_PER_CENT).to_integral_value(ROUND_HALF_UP))


def _ingredient_costs(dates: DateRange, money: str) -> tuple[Counter[int | None], set[int | None]]:
    """By item: what its drinks took off the shelf, at the cost of that day; and of which something is
    unknown."""
    made = movements_of(dates).filter(line__isnull=False, line__tab__play_money_cents__isnull=money == "real")
    rows = (
        made.order_by()
        .values_list("line__item")
        .annotate(cost=Sum("cost_microcents"), unknown=Count("pk", filter=Q(cost_microcents=None)))
    )
    costs: Counter[int | None] = Counter()
    unclear: set[int | None] = set()
    for item, cost, unknown in rows:
        costs[item] += cost or 0
        if unknown:
            unclear.add(item)
    return costs, unclear


def _card_fees(dates: DateRange, venue: Venue) -> int | None:
    """By the venue's own rate on what came in by card links; None where it is not filled in."""
    if venue.card_fee_milli is None and venue.card_fee_cents is None:
        return None
    total = count = 0
    for entries in entries_of(dates, [Account.CLEARING]):
        paid = entries.filter(journal__kind=Journal.Kind.PAYMENT)
        sums = paid.aggregate(cents=Sum("cents", default=0), many=Count("pk"))
        total, count = total + sums["cents"], count + sums["many"]
    return apply_rate_milli_percent(max(0, total), venue.card_fee_milli or 0) + count * (
        venue.card_fee_cents or 0
    )


def _maya_microcents(dates: DateRange) -> int:
    """Of the visits that began on these dates, in dollars: model and voice. A guest's own key is free."""
    venue = Venue.current()
    start, end = business_day_on(venue, dates.first).start, business_day_on(venue, dates.last).end
    visits = Visit.objects.filter(opened_at__gte=start, opened_at__lt=end)
    spent: int = visits.aggregate(sum=Sum("spent_microcents", default=0))["sum"]
    return spent
