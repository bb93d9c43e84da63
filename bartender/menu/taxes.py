"""Which tax rates an item has on a day: from the tax classes, as the menu's snapshot holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bartender.errors import TaxRateMissing
from bartender.models.taxes import TaxClass, TaxRate


@dataclass(frozen=True)
class MenuTaxRate:
    """One level of a class. The rate is in thousandths of a percent; `until` is the last day."""

    level: str
    rate_milli: int
    takeaway: bool
    since: date
    until: date | None

    def is_valid_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class MenuTaxClass:
    name: str
    rates: tuple[MenuTaxRate, ...]

    def levels_on(self, day: date, *, takeaway: bool = False) -> list[tuple[str, int]]:
        """The levels with their rates. What is taken away has the ordinary ones where it has none of its own.
        Raises TaxRateMissing: nothing is sold at a rate that nobody knows."""
        valid = [rate for rate in self.rates if rate.is_valid_on(day)]
        chosen = [rate for rate in valid if rate.takeaway and takeaway]
        chosen = chosen or [rate for rate in valid if not rate.takeaway]
        if not chosen:
            raise TaxRateMissing(self.name)
        return [(rate.level, rate.rate_milli) for rate in chosen]

    @property
    def has_takeaway_rates(self) -> bool:
        return any(rate.takeaway for rate in self.rates)


def read_tax_classes() -> dict[int, MenuTaxClass]:
    """All classes by their keys. Two queries, one where there are none."""
    classes = TaxClass.objects.prefetch_related("rates")
    return {row.pk: MenuTaxClass(row.name, tuple(_rates(row.rates.all()))) for row in classes}


def _rates(rows: Iterable[TaxRate]) -> Iterable[MenuTaxRate]:
    for row in rows:
        yield MenuTaxRate(row.level, row.rate_milli, row.takeaway, row.valid_from, row.valid_until)
