"""What callers ask of the ledger. A value that cannot be is refused as it is made, before a tab is read."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from maya_site.lib.money import BASIS
from payments.errors import BadAmount


@dataclass(frozen=True)
class Cause:
    """Why an operation happens. `key` is made of the cause alone, so that a retry carries the same one."""

    key: str
    actor: str = "guest"
    source: str = "tool"
    turn: str = ""
    reason: str = ""
    asked: str = ""

    def part(self, name: str) -> Cause:
        return replace(self, key=f"{self.key}:{name}")

    def asking(self, *what: object) -> Cause:
        """What was asked for under the key, in words that a retry uses again: the key with other words
        is refused, whatever the tab has become meanwhile."""
        return replace(self, asked=json.dumps(what))

    @property
    def by_staff(self) -> bool:
        return self.actor not in ("guest", "house") and self.source != "tool"


@dataclass(frozen=True)
class Terms:
    """What holds for a tab from its opening on: copied from the venue, never changed afterwards."""

    currency: str = "USD"
    tax_rate_bp: int = 0
    cap_cents: int = 200_000
    line_cap: int = 12
    unit_cap: int = 40
    tip_cap_cents: int = 50_000
    play_money_cents: int | None = 100_000


@dataclass(frozen=True)
class Sale:
    """Units of one order line, at the unit price frozen when they were ordered."""

    reference: str
    quantity: int
    unit_cents: int

    def __post_init__(self) -> None:
        numbers = (self.quantity, self.unit_cents)
        # Nothing is sold for nothing: a leg of zero could not be told from none. The house comps instead.
        if any(type(number) is not int or number < 1 for number in numbers):
            raise BadAmount(_("A quantity and a price are whole numbers, from 1 up."))

    @property
    def cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class Comp:
    """What the house pays for of one order line. No amount: all that is left of it."""

    reference: str
    cents: int | None = None


@dataclass(frozen=True)
class TipRule:
    """A percentage of the net that follows the tab, or a fixed amount."""

    bp: int | None = None
    cents: int = 0

    def __post_init__(self) -> None:
        if type(self.cents) is not int or self.cents < 0:
            raise BadAmount(_("A tip is a whole number of cents, zero or more."))
        if self.bp is not None and (type(self.bp) is not int or not 0 <= self.bp <= BASIS):
            raise BadAmount(_("A tip is between 0 and 100 percent."))
