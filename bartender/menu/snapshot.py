"""The menu as one frozen value: what brains, tools and pages read. Rebuilt when the menu's stamp changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from django.db import transaction
from django.utils import timezone

from bartender import signals
from bartender.records.menu import MenuItem, ModifierGroup, Venue, new_stamp
from bartender.records.serving import ServingPolicy
from bartender.services.days import business_day
from bartender.serving.rules import Limits
from maya_site.lib.db import after_commit


@dataclass(frozen=True)
class MenuModifier:
    name: str
    group: str
    price_cents: int
    aliases: tuple[str, ...]
    meaning: str
    factor: int


@dataclass(frozen=True)
class MenuGroup:
    name: str
    min: int
    max: int
    default: str
    modifiers: tuple[MenuModifier, ...]


@dataclass(frozen=True)
class Ingredient:
    name: str
    ml: Decimal
    abv_percent: Decimal


@dataclass(frozen=True)
class Drink:
    """One item of the menu with every fact that may be said of it."""

    id: int
    name: str
    slug: str
    category: str
    description: str
    price_cents: int
    available: bool
    glass: str
    aliases: tuple[str, ...]
    groups: tuple[MenuGroup, ...]
    preferences: tuple[str, ...]
    recipe: tuple[Ingredient, ...]
    grams: Decimal
    allergens: tuple[tuple[str, str], ...]

    @property
    def alcoholic(self) -> bool:
        return self.grams > 0

    @property
    def modifiers(self) -> tuple[MenuModifier, ...]:
        return tuple(modifier for group in self.groups for modifier in group.modifiers)

    def modifier(self, name: str) -> MenuModifier | None:
        """By its exact name first, else by what guests call it."""
        wanted = name.strip().lower()
        named = {modifier.name: modifier for modifier in self.modifiers}
        called = {alias: modifier for modifier in reversed(self.modifiers) for alias in modifier.aliases}
        return named.get(wanted) or called.get(wanted)


@dataclass(frozen=True, eq=False)
class Menu:
    stamp: str
    venue: str
    spoken_name: str
    standard_drink_grams: int
    drinks: tuple[Drink, ...]
    policies: tuple[ServingPolicy, ...] = ()  # newest first
    clock: tuple[str, int] = ("UTC", 4)  # the venue's zone, and the hour at which its day turns

    def limits_now(self) -> Limits:
        """The policy of this business day, in grams; before the first one the house's defaults hold."""
        zone, turns_at = self.clock
        today = business_day(Venue(timezone=zone, day_turns_at_hour=turns_at), timezone.now()).date
        policy = next((one for one in self.policies if one.since <= today), None) or ServingPolicy()
        grams = self.standard_drink_grams
        return Limits(
            window_minutes=policy.window_minutes,
            soft=policy.soft_drinks * grams,
            staff=policy.staff_drinks * grams,
            limit=policy.limit_drinks * grams,
            age_check=policy.age_check,
            legal_age=policy.legal_age,
        )

    @cached_property
    def by_name(self) -> dict[str, Drink]:
        """Every name and alias in lower case."""
        called = {alias.lower(): drink for drink in self.drinks for alias in drink.aliases}
        return called | {drink.name.lower(): drink for drink in self.drinks}

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(drink.category for drink in self.drinks))

    def find(self, name: str) -> Drink | None:
        return self.by_name.get(" ".join(name.lower().split()))


def current_menu() -> Menu:
    """One query while nothing changed; every process sees a change at its next turn."""
    return menu_of(Venue.here())


def menu_of(venue: Venue) -> Menu:
    """For who has read the venue already: no query while nothing changed."""
    clock = (venue.timezone, venue.day_turns_at_hour)
    return _build(venue.menu_stamp, venue.name, venue.spoken_name, venue.standard_drink_grams, clock)


def menu_changed() -> None:
    """Give the menu another stamp, in the caller's transaction; who shows it hears after the commit."""
    Venue.objects.filter(pk=Venue.here().pk).update(menu_stamp=new_stamp())
    after_commit(lambda: signals.menu_changed.send(Venue))


@transaction.atomic
def set_available(items: list[int], *, available: bool) -> int:
    """86 or un-86. Returns how many items changed."""
    changed = MenuItem.objects.filter(pk__in=items).exclude(available=available).update(available=available)
    if changed:
        menu_changed()
    return changed


@lru_cache(maxsize=8)
def _build(
    stamp: str, venue: str, spoken_name: str, standard_drink_grams: int, clock: tuple[str, int]
) -> Menu:
    groups = {group.pk: _group(group) for group in ModifierGroup.objects.prefetch_related("modifiers")}
    rows = (
        MenuItem.objects.filter(listed=True)
        .select_related("category")
        .prefetch_related("aliases", "groups", "preferences", "recipe", "allergen_facts__allergen")
    )
    drinks = tuple(_drink(row, groups) for row in rows)
    policies = tuple(ServingPolicy.objects.all())
    return Menu(stamp, venue, spoken_name, standard_drink_grams, drinks, policies, clock)


def _group(row: ModifierGroup) -> MenuGroup:
    modifiers = tuple(
        MenuModifier(one.name, row.name, one.price_cents, tuple(one.aliases), one.meaning, one.factor)
        for one in row.modifiers.all()
    )
    return MenuGroup(row.name, row.min, row.max, row.default_modifier, modifiers)


def _drink(row: MenuItem, groups: dict[int, MenuGroup]) -> Drink:
    parts = list(row.recipe.all())
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
        recipe=tuple(Ingredient(part.ingredient, part.ml, part.abv_percent) for part in parts),
        grams=sum((part.grams for part in parts), Decimal(0)),
        allergens=tuple(sorted((fact.allergen.name, fact.state) for fact in row.allergen_facts.all())),
    )
