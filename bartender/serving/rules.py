"""What may be served: pure rules. Amounts are grams of ethanol; who reads and writes is services/serving.py.

Nothing here infers how a guest is: it counts what was poured, and asks a person where that is not enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the menu knows its limits, so it reads this module
    from bartender.menu.snapshot import Drink, MenuModifier


class Verdict(StrEnum):
    SERVE = "serve"
    WATER = "water"  # serve, and suggest water or food
    STAFF = "staff"  # a person decides
    ALCOHOL_FREE = "alcohol_free"
    ASK_AGE = "ask_age"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Limits:
    """A day's policy, in grams."""

    window_minutes: int
    soft: Decimal
    staff: Decimal
    limit: Decimal
    age_check: str  # none, declared, staff
    legal_age: int


@dataclass(frozen=True)
class Standing:
    """What is known of a guest, by what they ordered in the window, whoever was to drink it."""

    served: Decimal = Decimal(0)  # what went to the bar
    waiting: Decimal = Decimal(0)  # what is on the tab and did not go there yet
    age_state: str = "unknown"  # unknown, declared, checked, refused
    allowed: bool = False  # a person said yes to more, a short while ago


def grams_of(drink: Drink, modifiers: Iterable[MenuModifier]) -> Decimal:
    """Of one, as it is poured: a double is two."""
    grams = drink.grams
    for modifier in modifiers:
        grams *= modifier.factor
    return grams


def judge(standing: Standing, wanted: Decimal, limits: Limits) -> Verdict:
    """Whether `wanted` more grams may go on the tab."""
    if not wanted:
        return Verdict.SERVE
    if standing.age_state == "refused":
        return Verdict.REFUSE
    if standing.age_state == "unknown" and limits.age_check == "declared":
        return Verdict.ASK_AGE
    if standing.served >= limits.limit:
        return Verdict.ALCOHOL_FREE
    if standing.served >= limits.staff and not standing.allowed:
        return Verdict.STAFF
    after = standing.served + standing.waiting + wanted
    return Verdict.WATER if after >= limits.soft else Verdict.SERVE


def may_be_poured(age_state: str, grams: Decimal, limits: Limits) -> bool:
    """At the moment a ticket goes out: where the house wants a person to look first, one has."""
    if not grams:
        return True
    return age_state != "refused" and (limits.age_check != "staff" or age_state == "checked")


@dataclass(frozen=True)
class Doubt:
    """Why a drink is not for this guest: what it has, and what nobody has confirmed."""

    contains: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.contains or self.unknown)


def doubt(drink: Drink, declared: Sequence[str]) -> Doubt:
    """An allergen that no fact speaks of is unknown, never free."""
    facts = dict(drink.allergens)
    states = {name: facts.get(name, "unknown") for name in declared}
    return Doubt(
        contains=tuple(name for name, state in states.items() if state in ("contains", "may_contain")),
        unknown=tuple(name for name, state in states.items() if state == "unknown"),
    )


def offered(drinks: Iterable[Drink], declared: Sequence[str], *, eased: bool) -> list[Drink]:
    """What Maya may suggest by herself: nothing she would refuse, no alcohol where it is enough."""
    safe = safe_for(drinks, declared)
    return [drink for drink in safe if not (eased and drink.alcoholic)]


def safe_for(drinks: Iterable[Drink], declared: Sequence[str]) -> list[Drink]:
    return [drink for drink in drinks if drink.available and not doubt(drink, declared)]


def kept(declared: Sequence[str], more: Collection[str]) -> list[str]:
    """Declaring adds; only the guest's own hand, or a person behind the bar, takes one away again."""
    return sorted({*declared, *more})
