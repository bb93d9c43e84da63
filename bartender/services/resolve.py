"""From the names a guest or a brain uses to rows of the menu. The only place where that is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from bartender.errors import ModifierDoesNotFit, ModifiersConflict, NotOnTheMenu, SoldOut
from bartender.menu.snapshot import Drink, Menu, MenuModifier


def find_drink(menu: Menu, name: str) -> Drink:
    """Raises NotOnTheMenu (with the nearest that is) or SoldOut."""
    drink = menu.find(name)
    if drink is None:
        raise NotOnTheMenu(name.strip() or "that", nearest(menu, name))
    if not drink.available:
        raise SoldOut(drink.name, alike(menu, drink))
    return drink


def nearest(menu: Menu, name: str, most: int = 2) -> list[str]:
    """Available items whose name or ingredients sound most like what was asked for."""
    texts = {
        drink.name: f"{drink.name} {' '.join(part.name for part in drink.recipe)}".lower()
        for drink in menu.drinks
        if drink.available
    }
    found = process.extract(name.lower(), texts, scorer=fuzz.WRatio, limit=most, score_cutoff=50)
    return [drink for _, _, drink in found]


def alike(menu: Menu, drink: Drink, most: int = 2) -> list[str]:
    """What to offer instead of a drink that is sold out."""
    others = [one for one in menu.drinks if one.available and one.category == drink.category]
    others.sort(key=lambda one: -len(set(one.preferences) & set(drink.preferences)))
    return [one.name for one in others[:most]]


def choose_modifiers(drink: Drink, names: Iterable[str]) -> tuple[MenuModifier, ...]:
    """In the menu's order, each once. Raises ModifierDoesNotFit or ModifiersConflict."""
    chosen = {}
    for name in names:
        found = drink.modifier(name)
        if found is None:
            raise ModifierDoesNotFit(drink.name, name, [modifier.name for modifier in drink.modifiers])
        chosen[found.name] = found
    for group in drink.groups:
        here = [name for name, modifier in chosen.items() if modifier.group == group.name]
        if len(here) > group.max:
            raise ModifiersConflict(drink.name, here)
    return tuple(modifier for modifier in drink.modifiers if chosen.get(modifier.name) == modifier)


def in_menu_words(menu: Menu, item: str, modifiers: Iterable[str]) -> list[str]:
    """The same wish always in the same words, whatever it was called, and also once it is sold out."""
    drink = menu.find(item)
    if drink is None:
        return [item, *sorted(modifiers)]
    fitting = ((name, drink.modifier(name)) for name in modifiers)
    return [drink.name, *sorted({found.name if found else name for name, found in fitting})]


def unit_price(drink: Drink, modifiers: Sequence[MenuModifier]) -> int:
    return drink.price_cents + sum(modifier.price_cents for modifier in modifiers)
