"""Which line of the tab a guest means: by name, by order, or "that"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bartender.brains.base import TurnContext
from bartender.brains.rule_based.intents import ChangeModifiers
from bartender.brains.rule_based.item_lists import LIQUOR_GROUP_NAME, RequestedDrink, takes_liquor
from bartender.brains.rule_based.modifier_changes import apply_modifier_change
from bartender.brains.rule_based.state import ConversationState
from bartender.menu.snapshot import Drink
from bartender.services.bills import BillLine


@dataclass(frozen=True)
class TabLines:
    context: TurnContext
    state: ConversationState
    gone: frozenset[int] = frozenset()  # numbers of lines that this turn takes off already

    @property
    def open_lines(self) -> tuple[BillLine, ...]:
        """A settled tab has no line that could still be meant."""
        bill = self.context.bill
        if bill.status not in ("open", "closing"):
            return ()
        return tuple(line for line in bill.lines if line.number not in self.gone)

    def find_line(self, item: str) -> BillLine | None:
        """The newest line of an item; without an item, the line that was ordered or changed last."""
        if item:
            return next((line for line in reversed(self.open_lines) if line.item == item), None)
        focus = self.state.focus.get("item")
        recent = [
            line for line in self.open_lines if line.number in {row["line"] for row in self.state.round}
        ]
        named = [line for line in recent if line.item == focus]
        return next(iter([*named[-1:], *recent[-1:], *self.open_lines[-1:]]), None)

    def recent_lines(self) -> list[BillLine]:
        numbers = [row["line"] for row in self.state.round]
        found = [line for line in self.open_lines if line.number in numbers]
        found.sort(key=lambda line: numbers.index(line.number))
        return found or list(self.open_lines[-1:])

    def nth_line(self, ordinal: int) -> BillLine | None:
        pool = self.recent_lines() if len(self.recent_lines()) > 1 else list(self.open_lines)
        at = ordinal - 1 if ordinal > 0 else len(pool) - 1
        return pool[at] if 0 <= at < len(pool) else None

    def lines_to_change(self, intent: ChangeModifiers) -> list[tuple[BillLine, int]]:
        """Lines and how many units of each; 0 units is all of them."""
        if intent.item:
            named = [line for line in self.open_lines if line.item == intent.item]
            if intent.all_lines:
                return [(line, 0) for line in named]
            if intent.ordinal > 1 and len(named) == 1 and named[0].quantity > 1:
                return [(named[0], 1)]
            return [(line, intent.units) for line in named[-1:]]
        recent = self.recent_lines()
        if intent.only_unmodified:
            return [(line, 0) for line in self.open_lines if not line.modifiers][-1:]
        if intent.current_modifiers:
            made = [line for line in self.open_lines if set(intent.current_modifiers) <= set(line.modifiers)]
            return [(line, 0) for line in made[-1:]]
        if intent.ordinal:
            return self._select_by_ordinal(recent, intent.ordinal)
        if intent.all_lines:
            fits = [line for line in recent if self._accepts_modifiers(line, intent.modifiers)]
            return [(line, 0) for line in fits or recent]
        fits = [line for line in recent if self._accepts_modifiers(line, intent.modifiers)]
        focus = [line for line in fits if line.item == self.state.focus.get("item")]
        return [(line, intent.units) for line in (focus or fits or recent)[-1:]]

    def _select_by_ordinal(self, recent: list[BillLine], ordinal: int) -> list[tuple[BillLine, int]]:
        if len(recent) == 1 and recent[0].quantity > 1:
            return [(recent[0], 1)]
        line = self.nth_line(ordinal)
        return [(line, 0)] if line else []

    def _accepts_modifiers(self, line: BillLine, names: tuple[str, ...]) -> bool:
        drink = self.context.menu.find_drink(line.item)
        return drink is not None and all(drink.find_modifier(name) for name in names)

    def modifiers_after_change(
        self, drink: Drink, names: tuple[str, ...], intent: ChangeModifiers
    ) -> tuple[str, ...]:
        return apply_modifier_change(drink, names, intent)

    def line_with_liquor(self, old: str, new: str) -> BillLine | None:
        """A cocktail whose liquor is meant, where no line of that spirit is on the tab."""
        if not old or any(line.item == old for line in self.open_lines):
            return None
        for line in reversed(self.open_lines):
            drink = self.context.menu.find_drink(line.item)
            if (
                drink
                and takes_liquor(drink, new)
                and old.lower() in (*line.modifiers, _default_liquor(drink))
            ):
                return line
        return None

    def modifiers_with_liquor(self, line: BillLine, new: str) -> tuple[str, ...]:
        drink = self.context.menu.find_drink(line.item)
        return (
            apply_modifier_change(drink, line.modifiers, ChangeModifiers((new.lower(),)))
            if drink
            else line.modifiers
        )

    def line_to_remove(self, drink: RequestedDrink, *, only_unmodified: bool = False) -> BillLine | None:
        if only_unmodified:
            bare = [line for line in self.open_lines if line.item == drink.item and not line.modifiers]
            return bare[-1] if bare else None
        if not drink.item and drink.modifiers:
            made = [line for line in self.open_lines if self._has_modifiers(line, drink.modifiers)]
            return made[-1] if made else None
        if not drink.item:
            return self.find_line("")
        wanted = set(drink.modifiers)
        named = [line for line in self.open_lines if line.item == drink.item]
        exact = [line for line in named if wanted <= set(line.modifiers)]
        return next(iter([*(exact if wanted else named)[-1:], *named[-1:]]), None)

    def _has_modifiers(self, line: BillLine, names: tuple[str, ...]) -> bool:
        drink = self.context.menu.find_drink(line.item)
        wanted = {found.name for name in names if drink and (found := drink.find_modifier(name))}
        return bool(wanted) and wanted <= set(line.modifiers)

    def units_to_remove(
        self, line: BillLine, drink: RequestedDrink, *, removes_all: bool
    ) -> list[tuple[int, int]]:
        """Line numbers and units. More than one line holds is taken from the older ones too."""
        same = [one for one in reversed(self.open_lines) if one.item == line.item]
        if removes_all:
            return [(one.number, one.quantity) for one in same]
        left = drink.quantity if drink.has_count or drink.item else line.quantity
        if drink.modifiers and not drink.item:
            left = line.quantity
        if not drink.has_count and drink.item:
            left = 1 if line.quantity > 1 else line.quantity
        taken: list[tuple[int, int]] = []
        for one in [line, *[other for other in same if other.number != line.number]]:
            if left > 0:
                taken.append((one.number, min(left, one.quantity)))
                left -= one.quantity
        return taken

    def last_round_rows(self) -> list[dict[str, Any]]:
        """What "same again" means: the last round as it now is, or as it was when the tab was paid."""
        now = {line.number: line for line in self.open_lines}
        rows = []
        for row in self.state.round:
            line = now.get(row["line"])
            rows.append(
                row if line is None else row | {"quantity": line.quantity, "modifiers": list(line.modifiers)}
            )
        if not rows and self.open_lines:
            rows = [
                {"item": one.item, "quantity": one.quantity, "modifiers": list(one.modifiers)}
                for one in self.open_lines
            ]
        return rows


def _default_liquor(drink: Drink) -> str:
    return next((group.default for group in drink.groups if group.name == LIQUOR_GROUP_NAME), "")
