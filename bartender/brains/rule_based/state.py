"""What the rule-based brain remembers from turn to turn: the last round, what was just named, what it asked, how to undo."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from bartender.brains.base import TurnContext
from bartender.facts import Fact, ToolResult
from bartender.facts.bill import TipSet
from bartender.facts.order import LineAdded, LineChanged, LineFact, LineRemoved, OrderCleared
from bartender.facts.service import Refused


@dataclass
class ConversationState:
    """Plain values only: it is kept as JSON with the visit.

    `round`: what was ordered last, as {line, item, modifiers, quantity}. `focus`: the drink named last.
    `options`: drinks Maya named, in that order. `pending`: what Maya asked. `undo`: calls that take back the last act.
    """

    tab: str = ""
    round: list[dict[str, Any]] = field(default_factory=list)
    focus: dict[str, Any] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)  # drinks that the same was asked of, one after another
    pending: dict[str, Any] = field(default_factory=dict)
    undo: list[list[Any]] = field(default_factory=list)
    about: str = ""
    chatted: int = 0
    remarks: list[str] = field(default_factory=list)  # what the guest told, in their words, oldest first
    company: list[dict[str, Any]] = field(default_factory=list)  # who has what: `company.Company`
    not_had: list[str] = field(default_factory=list)  # what the guest wanted and the menu has not
    used_replies: list[int] = field(default_factory=list)  # fingerprints of what she said of topics

    @classmethod
    def load(cls, context: TurnContext) -> ConversationState:
        known = {one.name for one in fields(cls)}
        book = cls(**{name: value for name, value in context.brain_state.items() if name in known})
        if book.tab and book.tab != context.bill.tab:
            book.undo = []
            book.round = [row | {"line": 0} for row in book.round]
        book.tab = context.bill.tab
        return book

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def update_from_results(self, results: list[ToolResult], context: TurnContext) -> None:
        """After the tools ran: what the last round is now, and how to take it back."""
        facts = [result.fact for result in results if result.ok and result.fact]
        added = [fact for fact in facts if isinstance(fact, LineAdded)]
        if added:
            self.round = [_round_row(fact) for fact in added]
            self.tab = ""  # perhaps a new one: the next turn knows its name
        for fact in facts:
            self._apply_fact(fact)
        for result in results:
            if (
                result.call.name == "add_to_order"
                and isinstance(result.fact, Refused)
                and result.fact.error in ("LineLimit", "UnitLimit", "OutOfPlayMoney", "TabLimit")
            ):
                arguments = result.call.arguments
                self.pending = {
                    "kind": "how_many",
                    "item": arguments["item"],
                    "modifiers": arguments["modifiers"],
                }
        undo = [back for fact in facts for back in _undo_calls(fact, context)]
        if undo:
            self.undo = undo

    def _apply_fact(self, fact: Fact) -> None:
        if isinstance(fact, LineChanged):
            rows = []
            for row in self.round:
                if row["line"] == fact.before.line:
                    rows += (
                        [row | {"quantity": _remaining_quantity(fact)}] if _is_partial_change(fact) else []
                    )
                    rows.append(_round_row(fact))
                elif row["line"] != fact.line:
                    rows.append(row)
            self.round = rows or [_round_row(fact)]
        if isinstance(fact, LineRemoved):
            other_rows = [row for row in self.round if row["line"] != fact.line]
            self.round = other_rows or self.round
        if isinstance(fact, LineFact):
            self.focus = {"item": fact.item, "modifiers": list(fact.modifiers)}


def _is_partial_change(fact: LineChanged) -> bool:
    return fact.line != fact.before.line and fact.quantity < fact.before.quantity


def _remaining_quantity(fact: LineChanged) -> int:
    return fact.before.quantity - fact.quantity


def _round_row(fact: LineFact) -> dict[str, Any]:
    return {
        "line": fact.line,
        "item": fact.item,
        "modifiers": list(fact.modifiers),
        "quantity": fact.quantity,
    }


def _undo_calls(fact: Fact, context: TurnContext) -> list[list[Any]]:
    match fact:
        case LineAdded():
            return [["remove_from_order", {"line": fact.line, "quantity": fact.quantity}]]
        case LineRemoved():
            row = _round_row(fact)
            return [["add_to_order", {name: row[name] for name in ("item", "quantity", "modifiers")}]]
        case LineChanged():
            return [_undo_change_call(fact)]
        case TipSet():
            bill = context.bill
            rule = {"percent": bill.tip_bp / 100} if bill.tip_bp is not None else {"cents": bill.tip_cents}
            return [["set_tip", rule]]
        case OrderCleared():
            rows = [
                [line.item, line.quantity, list(line.modifiers)]
                for line in context.bill.lines
                if line.changeable
            ]
            return [["add_to_order", {"item": i, "quantity": q, "modifiers": m}] for i, q, m in rows]
    return []


def _undo_change_call(fact: LineChanged) -> list[Any]:
    before = fact.before
    if fact.line == before.line:
        return ["change_order_line", {"line": before.line, "quantity": before.quantity}]
    return [
        "change_order_line",
        {"line": fact.line, "item": before.item, "modifiers": list(before.modifiers)},
    ]
