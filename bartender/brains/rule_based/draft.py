"""What a guest has ordered in this very breath. "A martini, no wait, a negroni" never reaches the tab as two."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bartender.brains.rule_based.intents import ChangeModifiers, Swap
from bartender.brains.rule_based.item_lists import RequestedDrink, takes_liquor
from bartender.brains.rule_based.modifier_changes import apply_modifier_change
from bartender.menu.snapshot import Menu


@dataclass
class OrderDraft:
    drinks: list[RequestedDrink] = field(default_factory=list)

    def add(self, drink: RequestedDrink) -> None:
        """The same drink twice in a breath is one line, unless it was said to be another."""
        self.drinks.append(drink)

    def has_item(self, item: str) -> bool:
        return any(group.item == item for group in self.drinks)

    def _last_index(self, item: str) -> int | None:
        for at in range(len(self.drinks) - 1, -1, -1):
            if not item or self.drinks[at].item == item:
                return at
        return None

    def set_quantity(self, item: str, quantity: int) -> bool:
        at = self._last_index(item)
        if at is None:
            return False
        self.drinks[at] = replace(self.drinks[at], quantity=quantity)
        return True

    def change_modifiers(self, intent: ChangeModifiers, menu: Menu) -> bool:
        """A modifier said after the drinks: for the last that takes it, or for all."""
        fits = [
            at
            for at, group in enumerate(self.drinks)
            if (not intent.item or group.item == intent.item)
            and (drink := menu.find_drink(group.item))
            and all(drink.find_modifier(name) for name in intent.modifiers)
        ]
        if not fits:
            return bool(self.drinks) and not intent.item
        if intent.ordinal:
            fits = fits[intent.ordinal - 1 : intent.ordinal] or fits[-1:]
        for at in fits if intent.all_lines else fits[-1:]:
            self._change_modifiers_at(at, intent, menu)
        return True

    def _change_modifiers_at(self, index: int, intent: ChangeModifiers, menu: Menu) -> None:
        group, drink = self.drinks[index], menu.find_drink(self.drinks[index].item)
        if drink is None:
            return
        made = replace(group, modifiers=apply_modifier_change(drink, group.modifiers, intent))
        if intent.units and intent.units < group.quantity:
            self.drinks[index] = replace(group, quantity=group.quantity - intent.units)
            self.drinks.insert(index + 1, replace(made, quantity=intent.units))
        else:
            self.drinks[index] = made

    def swap(self, intent: Swap, menu: Menu) -> bool:
        at = self._last_index(intent.old_item)
        if at is None:
            return False
        if not intent.old_item and at and self.drinks[at].item == intent.replacement.item:
            self.drinks.pop(at - 1)  # "a gin, er, vodka, I meant vodka"
            return True
        group, drink = self.drinks[at], menu.find_drink(self.drinks[at].item)
        if (
            drink
            and takes_liquor(drink, intent.replacement.item)
            and intent.old_item
            and group.item != intent.old_item
        ):
            return False
        quantity = (
            intent.replacement.quantity
            if intent.replacement.has_count and intent.replacement.quantity > 1
            else group.quantity
        )
        if intent.units and intent.units < group.quantity:
            self.drinks[at] = replace(group, quantity=group.quantity - intent.units)
            wanted = intent.replacement.quantity if intent.replacement.has_count else intent.units
            self.drinks.insert(at + 1, replace(intent.replacement, quantity=wanted))
            return True
        self.drinks[at] = replace(intent.replacement, quantity=quantity)
        return True

    def remove(self, drink: RequestedDrink, *, removes_all: bool) -> bool:
        at = self._last_index(drink.item)
        if at is None:
            return False
        left = self.drinks[at].quantity - (drink.quantity if drink.has_count else self.drinks[at].quantity)
        if removes_all or left < 1:
            self.drinks.pop(at)
        else:
            self.drinks[at] = replace(self.drinks[at], quantity=left)
        return True
