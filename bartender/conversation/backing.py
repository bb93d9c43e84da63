"""Which amounts are true at this moment, and which actions this turn committed: what the claim gate checks against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bartender.brains.base import Result
from bartender.conversation.claims import Backing
from bartender.menu.snapshot import Menu
from bartender.services.bills import Bill


def backing_of(menu: Menu, bill: Bill, results: Sequence[Result] = ()) -> Backing:
    backing = Backing()
    _menu(backing, menu)
    learn(backing, bill, results)
    return backing


def learn(backing: Backing, bill: Bill, results: Sequence[Result]) -> None:
    """After tools ran: their facts and the tab as it is now."""
    _bill(backing, bill)
    for result in results:
        if result.ok:
            backing.kinds.add(str(result.facts.get("kind", "")))
            _walk(backing, result.facts)


def _menu(backing: Backing, menu: Menu) -> None:
    for drink in menu.drinks:
        backing.cents |= {drink.price_cents} | {
            drink.price_cents + one.price_cents for one in drink.modifiers
        }
        backing.cents |= {modifier.price_cents for modifier in drink.modifiers if modifier.price_cents}
        backing.percents |= {int(part.abv_percent * 100) for part in drink.recipe}


def _bill(backing: Backing, bill: Bill) -> None:
    amounts = (
        bill.subtotal_cents,
        bill.discount_cents,
        bill.tax_cents,
        bill.tip_cents,
        bill.total_cents,
        bill.paid_cents,
        bill.due_cents,
        bill.balance_cents or 0,
    )
    backing.cents |= set(amounts) | {line.cents for line in bill.lines}
    backing.cents |= {line.unit_cents for line in bill.lines}
    if bill.tip_bp is not None:
        backing.percents.add(bill.tip_bp)
    if bill.status == "paid":
        backing.kinds.add("paid")


def _walk(backing: Backing, value: Any, name: str = "") -> None:
    """Every amount anywhere in a fact."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(backing, inner, key)
    elif isinstance(value, list):
        for inner in value:
            _walk(backing, inner, name)
    elif isinstance(value, int) and name.endswith("cents"):
        backing.cents.add(value)
    elif isinstance(value, int) and name.endswith("_bp"):
        backing.percents.add(value)
