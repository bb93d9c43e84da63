"""A drink of the menu and the modifiers it can be made with, as immutable values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from bartender.menu.composition import (
    NO_RECIPE,
    UNKNOWN_CHANGE,
    Change,
    Facts,
    Glass,
    Pour,
    Recipe,
    fill_glass,
)
from bartender.menu.taxes import MenuTaxClass
from maya_site.core.venue import format_wall_time

LAST_PORTIONS = 5  # from so many on guests see how many are left


@dataclass(frozen=True)
class MenuModifier:
    name: str
    group: str
    price_cents: int
    aliases: tuple[str, ...]
    meaning: str
    change: Change = UNKNOWN_CHANGE  # to the recipe; where nobody said what it is, nothing is known of it

    @property
    def available(self) -> bool:
        return self.change.adds is None or self.change.adds.ingredient.available


@dataclass(frozen=True)
class MenuModifierGroup:
    name: str
    min: int
    max: int
    default: str
    modifiers: tuple[MenuModifier, ...]

    @property
    def default_modifier(self) -> MenuModifier | None:
        """What is poured unless asked."""
        return next((one for one in self.modifiers if one.name == self.default), None)


@dataclass(frozen=True)
class Reduction:
    """Why an item costs less than the menu says: the rule by its name, the menu's price, and until when
    (None: without an end)."""

    rule: str
    list_cents: int
    until: datetime | None

    @property
    def label(self) -> str:
        """ "Happy hour until 19:00"."""
        if self.until is None:
            return self.rule
        return _("%(rule)s until %(time)s") % {"rule": self.rule, "time": format_wall_time(self.until)}


@dataclass(frozen=True)
class Drink:
    """One item of the menu, with everything that may be said of it."""

    id: int
    name: str
    slug: str
    category: str
    description: str
    price_cents: int
    available: bool  # on sale, and in one way or another it can be made tonight
    glass: str
    aliases: tuple[str, ...]
    groups: tuple[MenuModifierGroup, ...]
    preferences: tuple[str, ...]
    made_by: Recipe = NO_RECIPE
    tax_class: MenuTaxClass | None = None
    portions_left: int | None = None  # None: not counted. Exact from LAST_PORTIONS down; above, once read
    reduction: Reduction | None = None  # by a price rule that holds now: `price_cents` has it

    @property
    def list_cents(self) -> int:
        """The menu's price, whatever the hour."""
        return self.reduction.list_cents if self.reduction else self.price_cents

    @property
    def last_portions(self) -> int | None:
        """How many are left, where that is few."""
        left = self.portions_left
        return left if left is not None and 0 < left <= LAST_PORTIONS else None

    def made_with(self, chosen: Sequence[MenuModifier]) -> Glass:
        """What is in it with these modifiers, and with what is poured unless asked."""
        return fill_glass(self.made_by, [one.change for one in self._poured_modifiers(chosen)])

    @cached_property
    def plain(self) -> Glass:
        """As it is made for whoever asks for nothing else."""
        return self.made_with(())

    @property
    def recipe(self) -> tuple[Pour, ...]:
        return self.made_by.pours

    @property
    def ethanol_grams(self) -> Decimal | None:
        """None: nobody knows how strong it is."""
        return self.plain.grams

    @property
    def allergens(self) -> Facts:
        return self.plain.allergens

    @property
    def is_alcoholic(self) -> bool:
        """Whether it has alcohol, or may have: nobody knows its strength."""
        return self.ethanol_grams is None or self.ethanol_grams > 0

    @property
    def modifiers(self) -> tuple[MenuModifier, ...]:
        return tuple(modifier for group in self.groups for modifier in group.modifiers)

    def find_modifier(self, name: str) -> MenuModifier | None:
        """The modifier with this name, else the one with this alias."""
        wanted = name.strip().lower()
        named = {modifier.name: modifier for modifier in self.modifiers}
        called = {alias: modifier for modifier in reversed(self.modifiers) for alias in modifier.aliases}
        return named.get(wanted) or called.get(wanted)

    def resolve_modifiers(self, names: Iterable[str]) -> tuple[MenuModifier, ...]:
        """The modifiers of a line that was sold; one that is no longer on the menu comes without facts."""
        return tuple(self.find_modifier(name) or MenuModifier(name, "", 0, (), "") for name in names)

    def ways_without(self, ingredient: str) -> list[MenuModifier]:
        """The modifiers with which it can be made tonight although this ingredient of it is out."""
        return [one for one in self.modifiers if one.available and one.change.avoids(ingredient)]

    @property
    def can_be_made(self) -> bool:
        """Whether there is a way to make it tonight: what is out can be exchanged or left out, and of each
        choice that must be made there is enough."""
        if not all(self.ways_without(name) for name in self.plain.missing):
            return False
        return all(sum(one.available for one in group.modifiers) >= group.min for group in self.groups)

    def _poured_modifiers(self, chosen: Sequence[MenuModifier]) -> list[MenuModifier]:
        """What was chosen, and the defaults of the other groups. A default that the recipe names is left out,
        as the recipe has it anyway."""
        groups = {modifier.group for modifier in chosen}
        defaults = [one for group in self.groups if (one := group.default_modifier)]
        unasked = [one for one in defaults if one.group not in groups]
        return [one for one in (*chosen, *unasked) if one not in defaults or not self._names(one)]

    def _names(self, modifier: MenuModifier) -> bool:
        name = modifier.change.adds.name if modifier.change.adds else modifier.name
        return any(pour.name == name for pour in self.recipe)
