"""What a guest has ordered in this very breath. "A martini, no wait, a negroni" never reaches the tab as two."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bartender.brains.house.acts import Remake, Swap
from bartender.brains.house.groups import Group, takes_liquor
from bartender.brains.house.making import remade
from bartender.menu.snapshot import Menu


@dataclass
class Draft:
    groups: list[Group] = field(default_factory=list)

    def add(self, group: Group) -> None:
        """The same drink twice in a breath is one line, unless it was said to be another."""
        self.groups.append(group)

    def has(self, item: str) -> bool:
        return any(group.item == item for group in self.groups)

    def _last(self, item: str) -> int | None:
        for at in range(len(self.groups) - 1, -1, -1):
            if not item or self.groups[at].item == item:
                return at
        return None

    def set_quantity(self, item: str, quantity: int) -> bool:
        at = self._last(item)
        if at is None:
            return False
        self.groups[at] = replace(self.groups[at], quantity=quantity)
        return True

    def remake(self, act: Remake, menu: Menu) -> bool:
        """A modifier said after the drinks: for the last that takes it, or for all."""
        fits = [
            at
            for at, group in enumerate(self.groups)
            if (not act.item or group.item == act.item)
            and (drink := menu.find(group.item))
            and all(drink.modifier(name) for name in act.modifiers)
        ]
        if not fits:
            return bool(self.groups) and not act.item
        if act.which:
            fits = fits[act.which - 1 : act.which] or fits[-1:]
        for at in fits if act.all_lines else fits[-1:]:
            self._make(at, act, menu)
        return True

    def _make(self, at: int, act: Remake, menu: Menu) -> None:
        group, drink = self.groups[at], menu.find(self.groups[at].item)
        if drink is None:
            return
        made = replace(group, modifiers=remade(drink, group.modifiers, act))
        if act.units and act.units < group.quantity:
            self.groups[at] = replace(group, quantity=group.quantity - act.units)
            self.groups.insert(at + 1, replace(made, quantity=act.units))
        else:
            self.groups[at] = made

    def swap(self, act: Swap, menu: Menu) -> bool:
        at = self._last(act.old)
        if at is None:
            return False
        if not act.old and at and self.groups[at].item == act.new.item:
            self.groups.pop(at - 1)  # "a gin, er, vodka, I meant vodka"
            return True
        group, drink = self.groups[at], menu.find(self.groups[at].item)
        if drink and takes_liquor(drink, act.new.item) and act.old and group.item != act.old:
            return False
        quantity = act.new.quantity if act.new.counted and act.new.quantity > 1 else group.quantity
        self.groups[at] = replace(act.new, quantity=quantity)
        return True

    def remove(self, group: Group, *, all_of_it: bool) -> bool:
        at = self._last(group.item)
        if at is None:
            return False
        left = self.groups[at].quantity - (group.quantity if group.counted else self.groups[at].quantity)
        if all_of_it or left < 1:
            self.groups.pop(at)
        else:
            self.groups[at] = replace(self.groups[at], quantity=left)
        return True
