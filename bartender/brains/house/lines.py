"""Which line of the tab a guest means: by name, by order, or "that"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bartender.brains.base import Scene
from bartender.brains.house.acts import Remake
from bartender.brains.house.groups import LIQUORS, Group, takes_liquor
from bartender.brains.house.making import remade
from bartender.brains.house.notebook import Notebook
from bartender.menu.snapshot import Drink
from bartender.services.bills import BillLine


@dataclass(frozen=True)
class Lines:
    scene: Scene
    book: Notebook

    @property
    def live(self) -> tuple[BillLine, ...]:
        """A settled tab has no line that could still be meant."""
        bill = self.scene.bill
        return bill.lines if bill.status in ("open", "closing") else ()

    def target(self, item: str) -> BillLine | None:
        """The newest line of an item; without an item, the line that was ordered or changed last."""
        if item:
            return next((line for line in reversed(self.live) if line.item == item), None)
        focus = self.book.focus.get("item")
        recent = [line for line in self.live if line.number in {row["line"] for row in self.book.round}]
        named = [line for line in recent if line.item == focus]
        return next(iter([*named[-1:], *recent[-1:], *self.live[-1:]]), None)

    def recent(self) -> list[BillLine]:
        numbers = [row["line"] for row in self.book.round]
        found = [line for line in self.live if line.number in numbers]
        found.sort(key=lambda line: numbers.index(line.number))
        return found or list(self.live[-1:])

    def nth(self, ordinal: int) -> BillLine | None:
        pool = self.recent() if len(self.recent()) > 1 else list(self.live)
        at = ordinal - 1 if ordinal > 0 else len(pool) - 1
        return pool[at] if 0 <= at < len(pool) else None

    def to_remake(self, act: Remake) -> list[tuple[BillLine, int]]:
        """Lines and how many units of each; 0 units is all of them."""
        if act.item:
            named = [line for line in self.live if line.item == act.item]
            if act.all_lines:
                return [(line, 0) for line in named]
            if act.which > 1 and len(named) == 1 and named[0].quantity > 1:
                return [(named[0], 1)]
            return [(line, act.units) for line in named[-1:]]
        recent = self.recent()
        if act.plain:
            return [(line, 0) for line in self.live if not line.modifiers][-1:]
        if act.having:
            made = [line for line in self.live if set(act.having) <= set(line.modifiers)]
            return [(line, 0) for line in made[-1:]]
        if act.which:
            return self._which(recent, act.which)
        if act.all_lines:
            fits = [line for line in recent if self._takes(line, act.modifiers)]
            return [(line, 0) for line in fits or recent]
        fits = [line for line in recent if self._takes(line, act.modifiers)]
        focus = [line for line in fits if line.item == self.book.focus.get("item")]
        return [(line, act.units) for line in (focus or fits or recent)[-1:]]

    def _which(self, recent: list[BillLine], which: int) -> list[tuple[BillLine, int]]:
        if len(recent) == 1 and recent[0].quantity > 1:
            return [(recent[0], 1)]
        line = self.nth(which)
        return [(line, 0)] if line else []

    def _takes(self, line: BillLine, names: tuple[str, ...]) -> bool:
        drink = self.scene.menu.find(line.item)
        return drink is not None and all(drink.modifier(name) for name in names)

    def remade(self, drink: Drink, names: tuple[str, ...], act: Remake) -> tuple[str, ...]:
        return remade(drink, names, act)

    def with_liquor(self, old: str, new: str) -> BillLine | None:
        """A cocktail whose liquor is meant, where no line of that spirit is on the tab."""
        if not old or any(line.item == old for line in self.live):
            return None
        for line in reversed(self.live):
            drink = self.scene.menu.find(line.item)
            if drink and takes_liquor(drink, new) and old.lower() in (*line.modifiers, _default(drink)):
                return line
        return None

    def reliquored(self, line: BillLine, new: str) -> tuple[str, ...]:
        drink = self.scene.menu.find(line.item)
        return remade(drink, line.modifiers, Remake((new.lower(),))) if drink else line.modifiers

    def to_remove(self, group: Group, *, plain: bool = False) -> BillLine | None:
        if plain:
            bare = [line for line in self.live if line.item == group.item and not line.modifiers]
            return bare[-1] if bare else None
        if not group.item and group.modifiers:
            made = [line for line in self.live if self._made(line, group.modifiers)]
            return made[-1] if made else None
        if not group.item:
            return self.target("")
        wanted = set(group.modifiers)
        named = [line for line in self.live if line.item == group.item]
        exact = [line for line in named if wanted <= set(line.modifiers)]
        return next(iter([*(exact if wanted else named)[-1:], *named[-1:]]), None)

    def _made(self, line: BillLine, names: tuple[str, ...]) -> bool:
        drink = self.scene.menu.find(line.item)
        wanted = {found.name for name in names if drink and (found := drink.modifier(name))}
        return bool(wanted) and wanted <= set(line.modifiers)

    def take_off(self, line: BillLine, group: Group, *, all_of_it: bool) -> list[tuple[int, int]]:
        """Line numbers and units. More than one line holds is taken from the older ones too."""
        same = [one for one in reversed(self.live) if one.item == line.item]
        if all_of_it:
            return [(one.number, one.quantity) for one in same]
        left = group.quantity if group.counted or group.item else line.quantity
        if group.modifiers and not group.item:
            left = line.quantity
        if not group.counted and group.item:
            left = 1 if line.quantity > 1 else line.quantity
        taken: list[tuple[int, int]] = []
        for one in [line, *[other for other in same if other.number != line.number]]:
            if left > 0:
                taken.append((one.number, min(left, one.quantity)))
                left -= one.quantity
        return taken

    def last_round(self) -> list[dict[str, Any]]:
        """What "same again" means: the last round as it now is, or as it was when the tab was paid."""
        now = {line.number: line for line in self.live}
        rows = []
        for row in self.book.round:
            line = now.get(row["line"])
            rows.append(
                row if line is None else row | {"quantity": line.quantity, "modifiers": list(line.modifiers)}
            )
        if not rows and self.live:
            rows = [
                {"item": one.item, "quantity": one.quantity, "modifiers": list(one.modifiers)}
                for one in self.live
            ]
        return rows


def _default(drink: Drink) -> str:
    return next((group.default for group in drink.groups if group.name == LIQUORS), "")
