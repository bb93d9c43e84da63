"""What an item costs at a moment: the menu's price, or the lowest that a price rule of that moment gives.

All prices of what is sold are made here. A rule changes the price of the item, never that of a modifier. Of
several rules the one with the lowest price holds, and none that is dearer than the menu.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from bartender.menu.drinks import Drink, MenuModifier, Reduction
from bartender.models.price_rules import PriceRule
from maya_site.core.money import apply_rate_milli_percent
from maya_site.core.venue import timezone_or_utc

Kind = PriceRule.Kind
# What was on a page, or said, before a rule ended is still sold at its price for so long.
GRACE = timedelta(minutes=10)
DAYS_AHEAD = 8  # a rule that begins on some day of the week begins within so many days


class Occurrence(NamedTuple):
    """One time that a rule holds, from `start` to before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class MenuPriceRule:
    """A rule as the menu's snapshot holds it. The percentage is in thousandths of a percent."""

    id: int
    name: str
    weekdays: frozenset[int]
    starts_at: time
    ends_at: time
    valid_from: date | None
    valid_until: date | None
    item_ids: frozenset[int]  # its own, and those of its categories
    kind: str
    cents: int | None
    rate_milli: int | None

    def occurrences(self, first: date, last: date, zone: str) -> Iterable[Occurrence]:
        """Those that begin on these days, the last included, in order."""
        clock, crosses_midnight = timezone_or_utc(zone), self.ends_at <= self.starts_at
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day.weekday() not in self.weekdays or not self._is_valid_on(day):
                continue
            end = day + timedelta(days=1) if crosses_midnight else day
            # In UTC: two times of one zone are compared by the clock on the wall, also across its change.
            yield Occurrence(
                datetime.combine(day, self.starts_at, tzinfo=clock).astimezone(UTC),
                datetime.combine(end, self.ends_at, tzinfo=clock).astimezone(UTC),
            )

    def _is_valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def occurrence_at(self, at: datetime, zone: str, grace: timedelta = timedelta()) -> Occurrence | None:
        """The one that holds, or that ended less than `grace` ago."""
        today = at.astimezone(timezone_or_utc(zone)).date()
        found = self.occurrences(today - timedelta(days=2), today, zone)
        return next((one for one in found if one.start <= at < one.end + grace), None)

    def next_occurrence(self, at: datetime, zone: str) -> Occurrence | None:
        """The first that begins after `at`, within the days of a week."""
        today = at.astimezone(timezone_or_utc(zone)).date()
        ahead = self.occurrences(today, today + timedelta(days=DAYS_AHEAD), zone)
        return next((one for one in ahead if one.start > at), None)

    def price_cents(self, list_cents: int) -> int | None:
        """What it makes of a price; None where it makes it no lower, or leaves nothing to pay: what is given
        away is comped. A percentage is taken off rounded half up."""
        if self.kind == Kind.FIXED_PRICE:
            made = self.cents or 0
        elif self.kind == Kind.AMOUNT_OFF:
            made = list_cents - (self.cents or 0)
        else:
            made = list_cents - apply_rate_milli_percent(list_cents, self.rate_milli or 0)
        return made if 0 < made < list_cents else None


# A rule that holds, and until when: None where it goes on without a break.
HoldingRule = tuple[MenuPriceRule, datetime | None]


def read_price_rules() -> tuple[MenuPriceRule, ...]:
    """Three queries; one where there are none."""
    rows = PriceRule.objects.filter(is_active=True).prefetch_related("items", "categories__items")
    return tuple(_menu_rule(row) for row in rows)


def _menu_rule(row: PriceRule) -> MenuPriceRule:
    own = {item.pk for item in row.items.all()}
    return MenuPriceRule(
        id=row.pk,
        name=row.name,
        weekdays=frozenset(row.weekdays),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        item_ids=frozenset(
            own.union(*({item.pk for item in one.items.all()} for one in row.categories.all()))
        ),
        kind=row.kind,
        cents=row.cents,
        rate_milli=row.rate_milli,
    )


def rules_at(
    rules: Iterable[MenuPriceRule], at: datetime, zone: str, grace: timedelta = timedelta()
) -> tuple[HoldingRule, ...]:
    """The rules that hold at a moment, or did less than `grace` ago."""
    found: list[HoldingRule] = []
    for rule in rules:
        if now := rule.occurrence_at(at, zone, grace):
            goes_on = rule.occurrence_at(now.end, zone) is not None
            found.append((rule, None if goes_on else now.end))
    return tuple(found)


def next_change(rules: Iterable[MenuPriceRule], at: datetime, zone: str) -> datetime | None:
    """When the next rule begins or ends."""
    times = [one.end for rule in rules if (one := rule.occurrence_at(at, zone))]
    times += [one.start for rule in rules if (one := rule.next_occurrence(at, zone))]
    return min(times, default=None)


def price_drink(drink: Drink, holding: Sequence[HoldingRule], *, is_alcohol_excluded: bool) -> Drink:
    """The drink at the lowest of its prices; `drink` has the menu's."""
    if is_alcohol_excluded and drink.is_alcoholic:
        return drink
    found = [
        (cents, rule.name, until)
        for rule, until in holding
        if drink.id in rule.item_ids and (cents := rule.price_cents(drink.price_cents)) is not None
    ]
    if not found:
        return drink
    cents, name, until = min(found, key=lambda one: one[:2])
    return replace(drink, price_cents=cents, reduction=Reduction(name, drink.price_cents, until))


@dataclass(frozen=True)
class LinePrice:
    """What one unit of a line costs, what it would cost without a rule, and which rule it is: "" for none."""

    cents: int
    list_cents: int
    rule: str = ""


def price_line(
    drink: Drink,
    modifiers: Sequence[MenuModifier],
    *,
    is_alcohol_excluded: bool,
    earlier: LinePrice | None = None,
) -> LinePrice:
    """The price of one unit, made in this way. `earlier`: that of a line of the same item which is made
    anew in another way; what a rule took off it stays off."""
    extras = sum(modifier.price_cents for modifier in modifiers)
    plain = LinePrice(drink.list_cents + extras, drink.list_cents + extras)
    if is_alcohol_excluded and drink.made_with(modifiers).grams != 0:
        return plain
    prices = [plain]
    if drink.reduction:
        prices.append(replace(plain, cents=drink.price_cents + extras, rule=drink.reduction.rule))
    if earlier and earlier.rule and 0 < (saved := earlier.list_cents - earlier.cents) < drink.list_cents:
        prices.append(replace(plain, cents=plain.cents - saved, rule=earlier.rule))
    return min(prices, key=lambda one: one.cents)


class PriceTag(NamedTuple):
    """What a page shows beside an item."""

    item: str
    cents: int
    reduction: Reduction | None
    last_portions: int | None
