"""Values that callers hand to the ledger. An impossible value is refused when it is made, before a tab is
read."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from maya_site.core.money import BASIS_POINTS_SCALE
from payments.errors import OperationNotAllowed


@dataclass(frozen=True)
class OperationContext:
    """Who does an operation and why. `key` is made from its cause alone, so a retry carries the same key."""

    key: str
    actor: str = "guest"
    source: str = "tool"
    turn: str = ""
    reason: str = ""
    request_json: str = ""

    def with_key_suffix(self, suffix: str) -> OperationContext:
        return replace(self, key=f"{self.key}:{suffix}")

    def with_request(self, *request: object) -> OperationContext:
        """Adds what was asked for under the key, in words that a retry uses again. The same key with another
        request is refused, whatever the tab has become meanwhile."""
        return replace(self, request_json=json.dumps(request))

    @property
    def is_by_staff(self) -> bool:
        return self.actor not in ("guest", "house") and self.source != "tool"


@dataclass(frozen=True)
class TabTerms:
    """The terms of a tab, copied from the venue when it opens and never changed afterwards."""

    currency: str = "USD"
    tax_rate_bp: int = 0
    tax_rate_milli: int | None = None
    venue_name: str = ""
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
            raise OperationNotAllowed(_("A quantity and a price are whole numbers, from 1 up."))

    @property
    def cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class Comp:
    """What the venue pays for of one order line. Without an amount: all that is left of it."""

    reference: str
    cents: int | None = None


@dataclass(frozen=True)
class TipRule:
    """A percentage of the net that follows the tab, or a fixed amount."""

    basis_points: int | None = None
    cents: int = 0

    def __post_init__(self) -> None:
        if type(self.cents) is not int or self.cents < 0:
            raise OperationNotAllowed(_("A tip is a whole number of cents, zero or more."))
        if self.basis_points is not None and (
            type(self.basis_points) is not int or not 0 <= self.basis_points <= BASIS_POINTS_SCALE
        ):
            raise OperationNotAllowed(_("A tip is between 0 and 100 percent."))
