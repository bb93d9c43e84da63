"""What the house brain remembers from turn to turn: the last round, what was just named, what it asked, how to undo."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from bartender.brains.base import Result, Scene
from bartender.services.bills import BillLine


@dataclass
class Notebook:
    """Plain values only: it is kept as JSON with the visit.

    `round`: what was ordered last, as {line, item, modifiers, quantity}. `focus`: the drink named last.
    `options`: drinks Maya named, in that order. `pending`: what Maya asked. `undo`: calls that take back the last act.
    """

    tab: str = ""
    round: list[dict[str, Any]] = field(default_factory=list)
    focus: dict[str, Any] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    pending: dict[str, Any] = field(default_factory=dict)
    undo: list[list[Any]] = field(default_factory=list)
    about: str = ""
    chatted: int = 0

    @classmethod
    def of(cls, scene: Scene) -> Notebook:
        known = {one.name for one in fields(cls)}
        book = cls(**{name: value for name, value in scene.notebook.items() if name in known})
        if book.tab and book.tab != scene.bill.tab:
            book.undo = []
            book.round = [row | {"line": 0} for row in book.round]
        book.tab = scene.bill.tab
        return book

    def write(self) -> dict[str, Any]:
        return asdict(self)

    def learn(self, results: list[Result], scene: Scene) -> None:
        """After the tools ran: what the last round is now, and how to take it back."""
        done = [result for result in results if result.ok]
        added = [result.facts for result in done if result.facts["kind"] == "added"]
        if added:
            self.round = [_row(facts) for facts in added]
            self.tab = ""  # perhaps a new one: the next turn knows its name
        for facts in (result.facts for result in done):
            self._follow(facts)
        for result in results:
            refused = result.call.name == "add_to_order" and not result.ok
            if refused and result.facts.get("error") in (
                "LineLimit",
                "UnitLimit",
                "OutOfPlayMoney",
                "TabLimit",
            ):
                asked = result.call.arguments
                self.pending = {"kind": "how_many", "item": asked["item"], "modifiers": asked["modifiers"]}
        undo = [back for result in done for back in _inverse(result, scene)]
        if undo:
            self.undo = undo[:6]

    def _follow(self, facts: dict[str, Any]) -> None:
        if facts["kind"] == "changed":
            old = facts["before"]["line"]
            rows = []
            for row in self.round:
                if row["line"] == old:
                    rows += [row | {"quantity": _left(facts)}] if _partly(facts) else []
                    rows.append(_row(facts))
                elif row["line"] != facts["line"]:
                    rows.append(row)
            self.round = rows or [_row(facts)]
        if facts["kind"] == "removed":
            kept_rows = [row for row in self.round if row["line"] != facts["line"]]
            self.round = kept_rows or self.round
        if facts["kind"] in ("added", "changed", "removed"):
            self.focus = {"item": facts["item"], "modifiers": facts["modifiers"]}

    def live_round(self, scene: Scene) -> list[BillLine]:
        """The lines of the last round that are still on the tab."""
        numbers = [row["line"] for row in self.round]
        return [line for line in scene.bill.lines if line.number in numbers]


def _partly(facts: dict[str, Any]) -> bool:
    before = facts["before"]
    return bool(facts["line"] != before["line"] and facts["quantity"] < before["quantity"])


def _left(facts: dict[str, Any]) -> int:
    return int(facts["before"]["quantity"] - facts["quantity"])


def _row(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ("line", "item", "modifiers", "quantity")}


def _inverse(result: Result, scene: Scene) -> list[list[Any]]:
    facts = result.facts
    match facts["kind"]:
        case "added":
            return [["remove_from_order", {"line": facts["line"], "quantity": facts["quantity"]}]]
        case "removed":
            return [["add_to_order", {name: facts[name] for name in ("item", "quantity", "modifiers")}]]
        case "changed":
            return [_unchange(facts)]
        case "tip_set":
            bill = scene.bill
            rule = {"percent": bill.tip_bp / 100} if bill.tip_bp is not None else {"cents": bill.tip_cents}
            return [["set_tip", rule]]
        case "cleared":
            rows = [
                [line.item, line.quantity, list(line.modifiers)]
                for line in scene.bill.lines
                if line.changeable
            ]
            return [["add_to_order", {"item": i, "quantity": q, "modifiers": m}] for i, q, m in rows]
    return []


def _unchange(facts: dict[str, Any]) -> list[Any]:
    before = facts["before"]
    if facts["line"] == before["line"]:
        return ["change_order_line", {"line": before["line"], "quantity": before["quantity"]}]
    return [
        "change_order_line",
        {"line": facts["line"], "item": before["item"], "modifiers": before["modifiers"]},
    ]
