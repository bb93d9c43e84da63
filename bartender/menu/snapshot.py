"""The menu as one immutable value, for brains, tools and pages. Rebuilt when the menu's version changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from rapidfuzz import fuzz, process

from bartender import signals
from bartender.errors import ChoiceMissing, ModifierNotAvailable, ModifiersConflict, NotOnTheMenu, SoldOut
from bartender.menu.alcohol import Ingredient, ServingLimits, recipe_grams
from bartender.menu.taxes import MenuTaxClass, read_tax_classes
from bartender.models.menu import MenuItem, Modifier, ModifierGroup, Venue, new_menu_version
from bartender.models.responsible_service import ServingPolicy
from maya_site.core.db import after_commit
from maya_site.core.venue import business_day_at


@dataclass(frozen=True)
class MenuModifier:
    name: str
    group: str
    price_cents: int
    aliases: tuple[str, ...]
    meaning: str
    factor: int
    # What it adds to the glass. If nothing is stated, that is unknown; it is not nothing.
    adds_nothing: bool = False
    ingredient: str = ""
    ml: Decimal | None = None
    abv_percent: Decimal | None = None
    allergens: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MenuModifierGroup:
    name: str
    min: int
    max: int
    default: str
    modifiers: tuple[MenuModifier, ...]


@dataclass(frozen=True)
class Drink:
    """One item of the menu, with everything that may be said of it."""

    id: int
    name: str
    slug: str
    category: str
    description: str
    price_cents: int
    available: bool
    glass: str
    aliases: tuple[str, ...]
    groups: tuple[MenuModifierGroup, ...]
    preferences: tuple[str, ...]
    recipe: tuple[Ingredient, ...]
    ethanol_grams: Decimal | None  # None: nobody knows how strong it is
    allergens: tuple[tuple[str, str], ...]
    tax_class: MenuTaxClass | None = None

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
        return tuple(self.find_modifier(name) or MenuModifier(name, "", 0, (), "", 1) for name in names)


class BusinessDayClock(NamedTuple):
    """The venue's time zone, and the hour at which its day begins."""

    timezone: str = "UTC"
    day_start_hour: int = 4


DEFAULT_CLOCK = BusinessDayClock()


@dataclass(frozen=True, eq=False)
class Menu:
    """The menu of one version, with the serving policies. Compared by identity, so it can be a cache key."""

    stamp: str
    venue: str
    spoken_name: str
    standard_drink_grams: int
    drinks: tuple[Drink, ...]
    policies: tuple[ServingPolicy, ...] = ()  # newest first
    business_day_clock: BusinessDayClock = DEFAULT_CLOCK

    def current_limits(self) -> ServingLimits:
        """The serving limits of this business day, in grams. Before the first policy, ServingPolicy's
        defaults hold."""
        today = business_day_at(self.business_day_clock, timezone.now()).date
        policy = next((one for one in self.policies if one.valid_from <= today), None) or ServingPolicy()
        grams = self.standard_drink_grams
        return ServingLimits(
            window_minutes=policy.window_minutes,
            soft_grams=policy.soft_limit_drinks * grams,
            staff_grams=policy.approval_limit_drinks * grams,
            limit_grams=policy.hard_limit_drinks * grams,
            age_check=policy.age_check,
            legal_age=policy.legal_age,
        )

    @cached_property
    def drinks_by_name(self) -> dict[str, Drink]:
        """The drinks by every name and alias, in lower case. A name comes before an alias."""
        called = {alias.lower(): drink for drink in self.drinks for alias in drink.aliases}
        return called | {drink.name.lower(): drink for drink in self.drinks}

    @cached_property
    def has_takeaway_rates(self) -> bool:
        """Whether it matters for the tax of any item that it is taken away."""
        return any(drink.tax_class and drink.tax_class.has_takeaway_rates for drink in self.drinks)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(drink.category for drink in self.drinks))

    def find_drink(self, name: str) -> Drink | None:
        return self.drinks_by_name.get(" ".join(name.lower().split()))


def current_menu() -> Menu:
    """One query if nothing changed. Every process sees a change at its next turn."""
    return menu_for_venue(Venue.current())


def menu_for_venue(venue: Venue) -> Menu:
    """The same for a caller that has read the venue already: no query if nothing changed."""
    clock = BusinessDayClock(venue.timezone, venue.day_start_hour)
    return _build_menu(venue.menu_version, venue.name, venue.spoken_name, venue.standard_drink_grams, clock)


def mark_menu_changed() -> None:
    """Gives the menu a new version in the caller's transaction. Pages are told after the commit."""
    Venue.objects.filter(pk=Venue.current().pk).update(menu_version=new_menu_version())
    after_commit(lambda: signals.menu_changed.send(Venue))


@transaction.atomic
def set_available(items: list[int], *, available: bool) -> int:
    """Takes items off sale (86) or puts them back on. Returns how many changed."""
    changed = MenuItem.objects.filter(pk__in=items).exclude(available=available).update(available=available)
    if changed:
        mark_menu_changed()
    return changed


_ALLERGEN_FACTS_PREFETCH = "modifiers__allergen_facts__allergen"


@lru_cache(maxsize=8)
def _build_menu(
    stamp: str, venue: str, spoken_name: str, standard_drink_grams: int, clock: BusinessDayClock
) -> Menu:
    groups = {
        group.pk: _build_group(group)
        for group in ModifierGroup.objects.prefetch_related(_ALLERGEN_FACTS_PREFETCH)
    }
    rows = (
        MenuItem.objects.filter(listed=True)
        .select_related("category")
        .prefetch_related("aliases", "groups", "preferences", "recipe", "allergen_facts__allergen")
    )
    classes = read_tax_classes()
    drinks = tuple(_build_drink(row, groups, classes) for row in rows)
    policies = tuple(ServingPolicy.objects.all())
    return Menu(stamp, venue, spoken_name, standard_drink_grams, drinks, policies, clock)


def _build_group(row: ModifierGroup) -> MenuModifierGroup:
    modifiers = tuple(_build_modifier(row.name, one) for one in row.modifiers.all())
    return MenuModifierGroup(row.name, row.min, row.max, row.default_modifier, modifiers)


def _build_modifier(group: str, row: Modifier) -> MenuModifier:
    return MenuModifier(
        name=row.name,
        group=group,
        price_cents=row.price_cents,
        aliases=tuple(row.aliases),
        meaning=row.meaning,
        factor=row.factor,
        adds_nothing=row.adds_nothing,
        ingredient=row.ingredient,
        ml=row.ml,
        abv_percent=row.abv_percent,
        allergens=tuple(sorted((fact.allergen.name, fact.state) for fact in row.allergen_facts.all())),
    )


def _build_drink(
    row: MenuItem, groups: dict[int, MenuModifierGroup], classes: dict[int, MenuTaxClass]
) -> Drink:
    tax_class = row.tax_class_id or row.category.tax_class_id
    recipe = tuple(Ingredient(part.ingredient, part.ml, part.abv_percent) for part in row.recipe.all())
    return Drink(
        id=row.pk,
        name=row.name,
        slug=row.slug,
        category=row.category.name,
        description=row.description,
        price_cents=row.price_cents,
        available=row.available,
        glass=row.glass,
        aliases=tuple(alias.text for alias in row.aliases.all()),
        groups=tuple(groups[group.pk] for group in row.groups.all()),
        preferences=tuple(sorted(preference.name for preference in row.preferences.all())),
        recipe=recipe,
        ethanol_grams=recipe_grams(recipe, no_alcohol=row.no_alcohol),
        allergens=tuple(sorted((fact.allergen.name, fact.state) for fact in row.allergen_facts.all())),
        tax_class=classes[tax_class] if tax_class else None,
    )


# --- from the names that a guest or a brain uses to what is on the menu: decided only here -------------


def find_drink(menu: Menu, name: str) -> Drink:
    """The available drink of this name. Raises NotOnTheMenu (with the nearest that are) or SoldOut."""
    drink = menu.find_drink(name)
    if drink is None:
        raise NotOnTheMenu(name.strip() or "that", nearest_item_names(menu, name))
    if not drink.available:
        raise SoldOut(drink.name, similar_drink_names(menu, drink))
    return drink


def nearest_item_names(menu: Menu, name: str, limit: int = 2) -> list[str]:
    """The available drinks whose name or ingredients look most like `name`."""
    texts = {
        drink.name: f"{drink.name} {' '.join(part.name for part in drink.recipe)}".lower()
        for drink in menu.drinks
        if drink.available
    }
    found = process.extract(name.lower(), texts, scorer=fuzz.WRatio, limit=limit, score_cutoff=50)
    return [drink for _, _, drink in found]


def similar_drink_names(menu: Menu, drink: Drink, limit: int = 2) -> list[str]:
    """What to offer instead of a sold-out drink: of its category, and no alcohol if it has none."""
    others = [one for one in menu.drinks if one.available and one.category == drink.category]
    others = [one for one in others if drink.is_alcoholic or not one.is_alcoholic]
    others.sort(key=lambda one: -len(set(one.preferences) & set(drink.preferences)))
    return [one.name for one in others[:limit]]


def choose_modifiers(drink: Drink, names: Iterable[str]) -> tuple[MenuModifier, ...]:
    """The modifiers in the menu's order, each once, with the default of a group that needs one. Raises
    ModifierNotAvailable, ModifiersConflict, or ChoiceMissing if only the guest can choose."""
    chosen: dict[str, MenuModifier] = {}
    for name in names:
        found = drink.find_modifier(name)
        if found is None:
            raise ModifierNotAvailable(drink.name, name, [modifier.name for modifier in drink.modifiers])
        chosen[found.name] = found
    for group in drink.groups:
        here = [name for name, modifier in chosen.items() if modifier.group == group.name]
        if len(here) > group.max:
            raise ModifiersConflict(drink.name, here)
        if len(here) < group.min:
            chosen |= _default_choice(drink, group, here)
    return tuple(modifier for modifier in drink.modifiers if chosen.get(modifier.name) == modifier)


def _default_choice(
    drink: Drink, group: MenuModifierGroup, chosen_names: Sequence[str]
) -> dict[str, MenuModifier]:
    default = {one.name: one for one in group.modifiers if one.name == group.default}
    if len({*chosen_names, *default}) < group.min:
        left = [one.name for one in group.modifiers if one.name not in chosen_names]
        raise ChoiceMissing(drink.name, group.name, left)
    return default


def canonical_names(menu: Menu, item: str, modifiers: Iterable[str]) -> list[str]:
    """The drink's name and the modifiers' in canonical form, for idempotency keys: whatever they were called,
    and also if the drink is sold out."""
    drink = menu.find_drink(item)
    if drink is None:
        return [item, *sorted(modifiers)]
    fitting = ((name, drink.find_modifier(name)) for name in modifiers)
    return [drink.name, *sorted({found.name if found else name for name, found in fitting})]


def calculate_unit_price_cents(drink: Drink, modifiers: Sequence[MenuModifier]) -> int:
    return drink.price_cents + sum(modifier.price_cents for modifier in modifiers)
