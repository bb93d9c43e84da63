"""How a drink is made after a change: a new choice replaces the one it excludes."""

from __future__ import annotations

from bartender.brains.rule_based.intents import ChangeModifiers
from bartender.menu.snapshot import Drink


def apply_modifier_change(drink: Drink, names: tuple[str, ...], intent: ChangeModifiers) -> tuple[str, ...]:
    """Names the menu does not know for this drink are kept: the tool then says why not."""
    wanted = [found.name if (found := drink.find_modifier(name)) else name for name in intent.modifiers]
    if intent.removes_modifiers:
        return tuple(name for name in names if name not in wanted)
    dropped = {found.name for name in intent.dropped_modifiers if (found := drink.find_modifier(name))}
    modifiers = [
        name
        for name in names
        if name not in dropped and name not in wanted and not _is_excluded(drink, name, wanted)
    ]
    order = [modifier.name for modifier in drink.modifiers]
    return tuple(
        sorted({*modifiers, *wanted}, key=lambda name: order.index(name) if name in order else len(order))
    )


def _is_excluded(drink: Drink, name: str, wanted: list[str]) -> bool:
    for group in drink.groups:
        here = {modifier.name for modifier in group.modifiers}
        if name in here and group.max == 1 and here & set(wanted):
            return True
    return False
