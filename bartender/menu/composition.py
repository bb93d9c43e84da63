"""What is in a glass, from its ingredients alone: alcohol, allergens, cost, what is missing, and other facts.

`fill_glass` is the one place that computes them. What nobody stated is unknown: never zero, never free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from bartender.menu.alcohol import ETHANOL_GRAMS_PER_ML, TRACE_GRAMS, ZERO_GRAMS
from bartender.menu.guest_facts import NO_FACTS, GuestFacts, combine_guest_facts

GRAMS_PRECISION = Decimal("0.001")  # as the database columns have, so that rules and rows agree
CONTAINS, MAY_CONTAIN, FREE, UNKNOWN = "contains", "may_contain", "free", "unknown"
# The worst of several parts is what the glass is.
_SEVERITY = (FREE, UNKNOWN, MAY_CONTAIN, CONTAINS)
Facts = tuple[tuple[str, str], ...]  # allergen, state


@dataclass(frozen=True)
class Ingredient:
    """What stands on the shelf. None and "" are unknown."""

    name: str
    abv_percent: Decimal | None = None
    allergens: Facts = ()
    unit: str = "ml"  # ml or each
    unit_cost: Decimal | None = None  # of one ml or of one, in minor units of the venue's currency
    available: bool = True  # False: 86
    guest_facts: GuestFacts = NO_FACTS
    id: int = 0


@dataclass(frozen=True)
class Pour:
    """So much of an ingredient. Without millilitres nobody knows how much, or it is as much as what it
    replaces."""

    ingredient: Ingredient
    ml: Decimal | None
    count: Decimal = Decimal(1)  # of what is counted one by one
    is_garnish: bool = False  # a drink is made without it where there is none

    @property
    def name(self) -> str:
        return self.ingredient.name

    @property
    def abv_percent(self) -> Decimal | None:
        return self.ingredient.abv_percent

    @property
    def grams(self) -> Decimal | None:
        """Of ethanol. None if nobody knows its strength or its amount."""
        if self.abv_percent is None:
            return None
        if not self.abv_percent:
            return ZERO_GRAMS
        return None if self.ml is None else self.ml * self.abv_percent / 100 * ETHANOL_GRAMS_PER_ML

    @property
    def amount(self) -> Decimal | None:
        """In the ingredient's own unit."""
        return self.count if self.ingredient.unit == "each" else self.ml

    @property
    def cost(self) -> Decimal | None:
        """In minor units, unrounded. A dash without millilitres costs nothing that anybody counts."""
        unit_cost = self.ingredient.unit_cost
        return None if unit_cost is None or self.amount is None else unit_cost * self.amount

    def times(self, factor: int) -> Pour:
        ml = None if self.ml is None else self.ml * factor
        return replace(self, ml=ml, count=self.count * factor)


@dataclass(frozen=True)
class Change:
    """What a modifier does to a recipe. Unless `is_known`, nobody has said."""

    is_known: bool = False
    factor: int = 1  # of what the recipe says: a double is 2
    adds: Pour | None = None
    replaces: str = ""  # poured in the place of this ingredient, where the recipe has it
    removes: str = ""  # an ingredient that is left out
    allergens: Facts = ()  # what a person stated of what it adds

    @property
    def alters(self) -> bool:
        """Whether something else is in the glass, not only more or less of it."""
        return not self.is_known or self.adds is not None or bool(self.removes)

    def avoids(self, ingredient: str) -> bool:
        """Whether a recipe with this ingredient is made without it."""
        if self.removes == ingredient:
            return True
        return self.adds is not None and self.replaces == ingredient != self.adds.name


UNKNOWN_CHANGE = Change()


@dataclass(frozen=True)
class Recipe:
    pours: tuple[Pour, ...] = ()
    no_alcohol: bool = False  # a person stated that there is none; counts only where no part is known
    allergens: Facts = ()  # what a person stated of the whole drink


NO_RECIPE = Recipe()


@dataclass(frozen=True)
class Glass:
    """A drink as it is made. `allergens` has those of which something is known."""

    pours: tuple[Pour, ...]
    grams: Decimal | None  # of ethanol; None: nobody knows
    allergens: Facts
    is_known: bool  # False: something in it nobody named, so of no allergen it is free

    @cached_property
    def cost_cents(self) -> int | None:
        """What its ingredients cost, in minor units; None where any cost is unknown."""
        each = [pour.cost for pour in self.pours]
        if not self.is_known or not each or any(cost is None for cost in each):
            return None
        total = sum((cost for cost in each if cost is not None), Decimal(0))
        return int(total.to_integral_value(ROUND_HALF_UP))

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The ingredients without which it cannot be made so, and of which there are none tonight."""
        return tuple(
            dict.fromkeys(
                pour.name for pour in self.pours if not pour.is_garnish and not pour.ingredient.available
            )
        )

    @cached_property
    def guest_facts(self) -> GuestFacts:
        """Sugar, caffeine and the like; unknown where something in it is."""
        parts = [(pour.ingredient.guest_facts, _portion(pour)) for pour in self.pours]
        return combine_guest_facts(parts) if self.is_known and parts else NO_FACTS

    def allergen_state(self, name: str) -> str:
        return dict(self.allergens).get(name, UNKNOWN)


def _portion(pour: Pour) -> Decimal | None:
    """How many times 100 ml, or how many of them: what sugar is written down for."""
    if pour.ingredient.unit == "each":
        return pour.count
    return None if pour.ml is None else pour.ml / 100


def fill_glass(recipe: Recipe, changes: Sequence[Change]) -> Glass:
    """What is in a drink that is made by `recipe` with these changes. Pure.

    A change that replaces an ingredient is poured in its place and its amount, where the recipe has it; else
    it is added. The factor is that of the recipe: a chaser beside a double is one chaser.
    """
    base = dict(enumerate(recipe.pours))
    added: list[Pour] = []
    brought: list[Mapping[str, str]] = []  # the allergens of what the changes bring, each on its own
    untouched = set(base)  # the parts that are as the recipe has them
    for change in changes:
        if change.removes:
            base = {number: pour for number, pour in base.items() if pour.name != change.removes}
        if (new := change.adds) is not None:
            brought.append(_states([dict(new.ingredient.allergens)], dict(change.allergens)))
            place = next(
                (n for n, pour in base.items() if change.replaces and pour.name == change.replaces), None
            )
            if place is None:
                added.append(new)
            else:
                base[place] = replace(base[place], ingredient=new.ingredient)
                untouched.discard(place)
        elif not change.is_known:
            brought.append(dict(change.allergens))
    factor = _product(change.factor for change in changes)
    pours = (*(pour.times(factor) for pour in base.values()), *added)
    is_known = all(change.is_known for change in changes)
    untouched_allergens = [
        dict(pour.ingredient.allergens) for number, pour in base.items() if number in untouched
    ]
    parts = [_states(untouched_allergens, dict(recipe.allergens)), *brought]
    return Glass(
        pours=pours,
        grams=_ethanol(recipe, pours) if is_known else None,
        allergens=tuple(sorted(one for one in _worst(parts).items() if one[1] != UNKNOWN)),
        is_known=is_known and bool(recipe.pours),
    )


def _product(factors: Iterable[int]) -> int:
    product = 1
    for factor in factors:
        product *= factor
    return product


def _ethanol(recipe: Recipe, pours: Sequence[Pour]) -> Decimal | None:
    if not recipe.pours and not recipe.no_alcohol:
        return None
    each = [pour.grams for pour in pours]
    if any(grams is None for grams in each):
        return None
    total = sum((grams for grams in each if grams is not None), ZERO_GRAMS).quantize(GRAMS_PRECISION)
    return total or (TRACE_GRAMS if any(pour.abv_percent for pour in pours) else ZERO_GRAMS)


def _states(parts: Sequence[Mapping[str, str]], stated: Mapping[str, str]) -> dict[str, str]:
    """The allergens of parts of which a person stated something as a whole. A statement fills in what no part
    says; it never makes a part safer than the part's own fact."""
    known = _worst(parts) if parts else {}
    for name, state in stated.items():
        says = [part[name] for part in parts if name in part]
        known[name] = max([state, *says], key=_SEVERITY.index)
    return known


def _worst(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Of each allergen that any part speaks of: the worst. A part that says nothing of it is unknown."""
    names = {name for part in parts for name in part}
    return {name: max((part.get(name, UNKNOWN) for part in parts), key=_SEVERITY.index) for name in names}
