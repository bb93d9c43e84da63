"""What is true now: the menu, the tab as it is, and what this turn committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bartender.conversation.gate.mentions import EVERYTHING, Mention
from bartender.menu.snapshot import Menu, MenuModifier
from bartender.services.bills import Bill
from maya_site.lib.money import share_bp

MOST = 40
WRITES = frozenset(
    {
        "added",
        "changed",
        "removed",
        "cleared",
        "sent",
        "tip_set",
        "proposed",
        "nothing_due",
        "link",
        "reopened",
    }
)


@dataclass
class Backing:
    """What may be claimed: this turn's committed facts, the tab, the menu, and what follows from them."""

    kinds: set[str] = field(default_factory=set)
    cents: set[int] = field(default_factory=set)  # amounts in this turn's facts
    percents: set[int] = field(default_factory=set)  # basis points: strength and the tip
    menu: Menu | None = None
    bill: Bill = field(default_factory=Bill)
    facts: list[dict[str, Any]] = field(default_factory=list)
    quoted: bool = False  # a passage of the house book may be told, and anybody may have written it
    sayings: set[str] = field(default_factory=set)  # what the tools themselves said, plain

    # --- amounts ---------------------------------------------------------------------------------

    def totals(self) -> set[int]:
        bill = self.bill
        net = bill.subtotal_cents - bill.discount_cents
        return {
            bill.subtotal_cents,
            net,
            net + bill.tax_cents,
            bill.total_cents,
            bill.due_cents,
        } - self._zero()

    def _zero(self) -> set[int]:
        """Zero is an amount like any other: it must be what is due."""
        return set() if self.nothing_due() else {0}

    def nothing_due(self) -> bool:
        return not self.bill.due_cents

    def prices(self, item: str, text: str = "") -> set[int]:
        """What one of it costs: on the menu, with an extra that is spoken of, and on this tab."""
        found = {line.unit_cents for line in self.bill.lines if line.item == item}
        for drink in self.menu.drinks if self.menu else ():
            if drink.name == item:
                extras = {
                    one.price_cents for one in drink.modifiers if one.price_cents and _spoken(one, text)
                }
                found |= {drink.price_cents, *extras, *(drink.price_cents + extra for extra in extras)}
        return found

    def lines(self, item: str) -> set[int]:
        """What it comes to on this tab, line by line and together."""
        cents = [line.cents for line in self.bill.lines if line.item == item]
        return {*cents, sum(cents)} if cents else set()

    def all_prices(self) -> set[int]:
        drinks = self.menu.drinks if self.menu else ()
        return set().union(*(self.prices(drink.name) for drink in drinks)) | {
            one.price_cents for drink in drinks for one in drink.modifiers if one.price_cents
        }

    def anything(self) -> set[int]:
        bill = self.bill
        lines = {line.cents for line in bill.lines} | {line.unit_cents for line in bill.lines}
        extra = {
            bill.tip_cents,
            bill.tax_cents,
            bill.discount_cents,
            bill.paid_cents,
            bill.balance_cents or 0,
        }
        return (self.all_prices() | lines | extra | self.cents) - {0} | self.totals()

    def shares(self, rates: Iterable[int]) -> set[int]:
        net = self.bill.subtotal_cents - self.bill.discount_cents
        return {share_bp(net, rate) for rate in rates if 0 <= rate <= 10_000}

    # --- drinks ----------------------------------------------------------------------------------

    def on_tab(self, one: Mention) -> bool:
        """Whether the tab holds as many of it: of one line, of lines made alike, or of all."""
        counts = [line.quantity for line in self.bill.lines if self._is(line.item, one.item)]
        alike = [row["quantity"] for row in self.bill.merged() if self._is(row["item"], one.item)]
        if one.more or not counts:
            return False
        return one.quantity is None or one.quantity in {*counts, *alike, sum(counts)}

    def done(self, one: Mention, kinds: Iterable[str]) -> bool:
        """Whether this turn did that to as many of it."""
        wanted = set(kinds)
        rows = [row for fact in self.facts if fact.get("kind") in wanted for row in _rows(fact)]
        counts = [row["quantity"] for row in rows if self._is(row["item"], one.item)]
        moved = [
            abs(row["quantity"] - row["before"])
            for row in rows
            if "before" in row and self._is(row["item"], one.item)
        ]
        return bool(counts) and (one.quantity is None or one.quantity in {*counts, *moved, sum(counts)})

    def _is(self, item: str, asked: str) -> bool:
        if asked in (EVERYTHING, item):
            return True
        found = self.menu.find(item) if self.menu else None
        return found is not None and found.category == asked


def _spoken(modifier: MenuModifier, text: str) -> bool:
    return any(name in text for name in (modifier.name, *modifier.aliases))


def _rows(fact: dict[str, Any]) -> list[dict[str, Any]]:
    """The drinks of a fact; of a change also what was there before."""
    if "lines" in fact:
        return list(fact["lines"])
    if "item" not in fact:
        return []
    row = {"item": fact["item"], "quantity": fact["quantity"]}
    before = fact.get("before")
    if not before:
        return [row]
    same = before["item"] == fact["item"]
    return [
        row | ({"before": before["quantity"]} if same else {}),
        {"item": before["item"], "quantity": before["quantity"]},
    ]
