"""The menu as one immutable value, for brains, tools and pages. Rebuilt when the menu's version changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from rapidfuzz import fuzz, process

from bartender import signals
from bartender.errors import (
    ChoiceMissing,
    IngredientOut,
    ModifierNotAvailable,
    ModifiersConflict,
    NotOnTheMenu,
    SoldOut,
)
from bartender.menu.alcohol import ServingLimits
from bartender.menu.composition import Change, Ingredient, Recipe
from bartender.menu.drinks import Drink, MenuModifier, MenuModifierGroup
from bartender.menu.ingredients import IngredientsById, ingredients_by_id, pour_of_modifier, pour_of_recipe
from bartender.menu.opening_hours import OpeningSpan, OpeningTimes, Switched
from bartender.menu.price_rules import (
    GRACE,
    HoldingRule,
    MenuPriceRule,
    PriceTag,
    next_change,
    price_drink,
    read_price_rules,
    rules_at,
)
from bartender.menu.substitutes import closest_drinks, describe_offer
from bartender.menu.taxes import MenuTaxClass, read_tax_classes
from bartender.models.allergen_facts import AllergenFact, ModifierAllergenFact
from bartender.models.bar_state import BarSwitch, OpeningHours, SpecialDate
from bartender.models.menu import (
    MenuItem,
    Modifier,
    ModifierGroup,
    Venue,
    new_menu_version,
)
from bartender.models.responsible_service import ServingPolicy
from maya_site.core.db import after_commit
from maya_site.core.venue import business_day_at
from maya_site.events.models import EventKind
from maya_site.events.record import is_on, record_event

__all__ = [
    "BusinessDayClock",
    "Drink",
    "Menu",
    "MenuModifier",
    "MenuModifierGroup",
    "canonical_names",
    "choose_modifiers",
    "current_menu",
    "find_drink",
    "mark_menu_changed",
    "menu_for_orders",
    "menu_for_venue",
    "nearest_item_names",
    "set_available",
]


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
    agents_enabled: bool = False  # whether guests may pair an agent
    opening_times: OpeningTimes | None = None  # None: nothing is stored and nothing switched, so always open
    price_rules: tuple[MenuPriceRule, ...] = ()
    is_alcohol_excluded: bool = False  # from price rules: the venue's law allows no promotion of it

    @cached_property
    def ingredients(self) -> tuple[Ingredient, ...]:
        """The ingredients that a drink or a modifier of the menu names, each once."""
        pours = [pour for drink in self.drinks for pour in drink.recipe]
        pours += [one.change.adds for drink in self.drinks for one in drink.modifiers if one.change.adds]
        return tuple({pour.ingredient.id: pour.ingredient for pour in pours if pour.ingredient.id}.values())

    @cached_property
    def sold_out(self) -> tuple[str, ...]:
        """The drinks that are not to be had tonight."""
        return tuple(drink.name for drink in self.drinks if not drink.available)

    @cached_property
    def modifiers_out(self) -> tuple[str, ...]:
        """The modifiers, each as “group:name”, for which there is none of what they add."""
        out = (one for drink in self.drinks for one in drink.modifiers if not one.available)
        return tuple(dict.fromkeys(f"{one.group}:{one.name}" for one in out))

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
    def price_tags(self) -> tuple[PriceTag, ...]:
        return tuple(
            PriceTag(drink.name, drink.price_cents, drink.reduction, drink.last_portions)
            for drink in self.drinks
        )

    @cached_property
    def has_counted_items(self) -> bool:
        return any(drink.portions_left is not None for drink in self.drinks)

    def next_price_change(self, at: datetime) -> datetime | None:
        return next_change(self.price_rules, at, self.business_day_clock.timezone)

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
    return _menu_at(venue, timezone.now())


def menu_for_orders() -> Menu:
    """The menu at the prices of an order: what a price rule gave until a moment ago, it still gives."""
    return _menu_at(Venue.current(), timezone.now(), GRACE)


def _menu_at(venue: Venue, at: datetime, grace: timedelta = timedelta()) -> Menu:
    menu = _build_menu(
        venue.menu_version,
        venue.name,
        venue.spoken_name,
        venue.standard_drink_grams,
        BusinessDayClock(venue.timezone, venue.day_start_hour),
        agents_enabled=venue.agents_enabled,
        last_call_minutes=venue.last_call_minutes,
        is_alcohol_excluded=venue.forbids_alcohol_promotions,
    )
    holding = rules_at(menu.price_rules, at, venue.timezone, grace)
    return _at_prices_of(menu, holding) if holding else menu


@lru_cache(maxsize=16)
def _at_prices_of(menu: Menu, holding: tuple[HoldingRule, ...]) -> Menu:
    priced = (
        price_drink(drink, holding, is_alcohol_excluded=menu.is_alcohol_excluded) for drink in menu.drinks
    )
    holding_text = " ".join(f"{rule.id}:{until.timestamp() if until else ''}" for rule, until in holding)
    return replace(menu, stamp=f"{menu.stamp} {holding_text}", drinks=tuple(priced))


def mark_menu_changed() -> None:
    """Gives the menu a new version in the caller's transaction. Pages are told after the commit."""
    Venue.objects.filter(pk=Venue.current().pk).update(menu_version=new_menu_version())
    after_commit(lambda: signals.menu_changed.send(Venue))


@transaction.atomic
def set_available(items: list[int], *, available: bool) -> int:
    """Takes items off sale (86) or puts them back on. Returns how many changed."""
    wanted = MenuItem.objects.filter(pk__in=items).exclude(available=available)
    names = list(wanted.values_list("name", flat=True)) if is_on() else []
    changed = wanted.update(available=available)
    if changed:
        mark_menu_changed()
        record_availability(names, available=available)
    return changed


def record_availability(names: list[str], *, available: bool) -> None:
    """For the bar's other systems, in the caller's transaction, under the version of the menu that it
    made."""
    if names and is_on():
        kind = EventKind.ITEM_AVAILABLE if available else EventKind.ITEM_UNAVAILABLE
        version = Venue.objects.values_list("menu_version", flat=True).get(pk=Venue.current().pk)
        record_event(kind, version, {"items": sorted(names)})


@lru_cache(maxsize=8)
def _build_menu(
    stamp: str,
    venue: str,
    spoken_name: str,
    standard_drink_grams: int,
    clock: BusinessDayClock,
    *,
    agents_enabled: bool,
    last_call_minutes: int,
    is_alcohol_excluded: bool,
) -> Menu:
    shelf = ingredients_by_id()
    groups = {
        group.pk: _build_group(group, shelf)
        for group in ModifierGroup.objects.prefetch_related(
            Prefetch("modifiers__allergen_facts", ModifierAllergenFact.objects.select_related("allergen"))
        )
    }
    rows = (
        MenuItem.objects.filter(listed=True)
        .select_related("category")
        .prefetch_related(
            "aliases",
            "groups",
            "preferences",
            "recipe",
            Prefetch("allergen_facts", AllergenFact.objects.select_related("allergen")),
        )
    )
    classes = read_tax_classes()
    drinks = tuple(_build_drink(row, groups, shelf, classes) for row in rows)
    policies = tuple(ServingPolicy.objects.all())
    return Menu(
        stamp,
        venue,
        spoken_name,
        standard_drink_grams,
        drinks,
        policies,
        clock,
        agents_enabled=agents_enabled,
        opening_times=_read_opening_times(clock, last_call_minutes),
        price_rules=read_price_rules(),
        is_alcohol_excluded=is_alcohol_excluded,
    )


def _read_opening_times(clock: BusinessDayClock, last_call_minutes: int) -> OpeningTimes | None:
    weekly: dict[int, list[OpeningSpan]] = {}
    for row in OpeningHours.objects.all():
        weekly.setdefault(row.weekday, []).append(OpeningSpan(row.opens_at, row.closes_at))
    special: dict[date, list[OpeningSpan]] = {}
    closed, names = set(), {}
    for one in SpecialDate.objects.all():
        if one.name:
            names[one.date] = one.name
        spans = special.setdefault(one.date, [])
        if one.opens_at is None or one.closes_at is None:
            closed.add(one.date)
        else:
            spans.append(OpeningSpan(one.opens_at, one.closes_at))
    last = BarSwitch.objects.order_by("-id").first()
    if not (weekly or special or last):
        return None
    return OpeningTimes(
        clock,
        weekly,
        special | {day: [] for day in closed},  # a row that says closed wins over one that has hours
        names,
        last_call_minutes,
        Switched(last.switched_at, last.closed_since, last.until_next_opening) if last else None,
    )


def _build_group(row: ModifierGroup, shelf: IngredientsById) -> MenuModifierGroup:
    rows = list(row.modifiers.all())
    default = next((one for one in rows if one.name == row.default_modifier), None)
    poured = pour_of_modifier(default, shelf) if default else None
    instead_of = poured.name if poured else row.default_modifier
    modifiers = tuple(_build_modifier(row.name, one, instead_of, shelf) for one in rows)
    return MenuModifierGroup(row.name, row.min, row.max, row.default_modifier, modifiers)


def _build_modifier(group: str, row: Modifier, instead_of: str, shelf: IngredientsById) -> MenuModifier:
    adds = pour_of_modifier(row, shelf)
    removes = shelf[row.removes_id].name if row.removes_id else ""
    return MenuModifier(
        name=row.name,
        group=group,
        price_cents=row.price_cents,
        aliases=tuple(row.aliases),
        meaning=row.meaning,
        change=Change(
            is_known=row.adds_nothing or adds is not None or bool(removes),
            factor=row.factor,
            adds=adds,
            replaces=shelf[row.replaces_id].name if row.replaces_id else instead_of,
            removes=removes,
            allergens=tuple(sorted((fact.allergen.name, fact.state) for fact in row.allergen_facts.all())),
        ),
    )


def _build_drink(
    row: MenuItem,
    groups: dict[int, MenuModifierGroup],
    shelf: IngredientsById,
    classes: dict[int, MenuTaxClass],
) -> Drink:
    tax_class = row.tax_class_id or row.category.tax_class_id
    drink = Drink(
        id=row.pk,
        name=row.name,
        slug=row.slug,
        category=row.category.name,
        description=row.description,
        price_cents=row.price_cents,
        available=row.available and row.portions_left != 0,
        portions_left=row.portions_left,
        glass=row.glass,
        aliases=tuple(alias.text for alias in row.aliases.all()),
        groups=tuple(groups[group.pk] for group in row.groups.all()),
        preferences=tuple(sorted(preference.name for preference in row.preferences.all())),
        made_by=Recipe(
            pours=tuple(pour_of_recipe(part, shelf) for part in row.recipe.all()),
            no_alcohol=row.no_alcohol,
            allergens=tuple(sorted((fact.allergen.name, fact.state) for fact in row.allergen_facts.all())),
        ),
        tax_class=classes[tax_class] if tax_class else None,
    )
    return drink if drink.available and drink.can_be_made else replace(drink, available=False)


# --- from the names that a guest or a brain uses to what is on the menu: decided only here -------------


def find_drink(menu: Menu, name: str, allergies: Sequence[str] = ()) -> Drink:
    """The available drink of this name. Raises NotOnTheMenu (with the nearest that are) or SoldOut (with what
    differs least and is free of `allergies`)."""
    drink = menu.find_drink(name)
    if drink is None:
        raise NotOnTheMenu(name.strip() or "that", nearest_item_names(menu, name))
    if not drink.available:
        offers = closest_drinks(menu.drinks, drink, allergies)
        descriptions = [describe_offer(one, menu.standard_drink_grams) for one in offers]
        raise SoldOut(drink.name, [one.name for one in offers], descriptions)
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


def choose_modifiers(drink: Drink, names: Iterable[str]) -> tuple[MenuModifier, ...]:
    """The modifiers in the menu's order, each once, with the default of a group that needs one. Raises
    ModifierNotAvailable, ModifiersConflict, ChoiceMissing if only the guest can choose, and IngredientOut if
    it cannot be made so tonight."""
    chosen: dict[str, MenuModifier] = {}
    for name in names:
        found = drink.find_modifier(name)
        if found is None:
            raise ModifierNotAvailable(
                drink.name, name, [one.name for one in drink.modifiers if one.available]
            )
        chosen[found.name] = found
    for group in drink.groups:
        here = [name for name, modifier in chosen.items() if modifier.group == group.name]
        if len(here) > group.max:
            raise ModifiersConflict(drink.name, here)
        if len(here) < group.min:
            chosen |= _default_choice(drink, group, here)
    made = tuple(modifier for modifier in drink.modifiers if chosen.get(modifier.name) == modifier)
    if missing := drink.made_with(made).missing:
        ways = [one.name for one in drink.ways_without(missing[0]) if one not in made]
        raise IngredientOut(drink.name, missing[0], ways if len(missing) == 1 else [])
    return made


def _default_choice(
    drink: Drink, group: MenuModifierGroup, chosen_names: Sequence[str]
) -> dict[str, MenuModifier]:
    default = {one.name: one for one in group.modifiers if one.name == group.default}
    if len({*chosen_names, *default}) < group.min:
        left = [one.name for one in group.modifiers if one.available and one.name not in chosen_names]
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
