"""How a drink is made after a change: a new choice replaces the one it excludes."""

from __future__ import annotations

from bartender.brains.house.acts import Remake
from bartender.menu.snapshot import Drink


def remade(drink: Drink, names: tuple[str, ...], act: Remake) -> tuple[str, ...]:
    """Names the menu does not know for this drink are kept: the tool then says why not."""
    wanted = [found.name if (found := drink.modifier(name)) else name for name in act.modifiers]
    if act.without:
        return tuple(name for name in names if name not in wanted)
    dropped = {found.name for name in act.drop if (found := drink.modifier(name))}
    kept = [
        name
        for name in names
        if name not in dropped and name not in wanted and not _excluded(drink, name, wanted)
    ]
    order = [modifier.name for modifier in drink.modifiers]
    return tuple(
        sorted({*kept, *wanted}, key=lambda name: order.index(name) if name in order else len(order))
    )


def _excluded(drink: Drink, name: str, wanted: list[str]) -> bool:
    for group in drink.groups:
        here = {modifier.name for modifier in group.modifiers}
        if name in here and group.max == 1 and here & set(wanted):
            return True
    return False
