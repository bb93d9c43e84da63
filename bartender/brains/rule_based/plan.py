"""What comes of one thing said: tool calls, words, and what to keep in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bartender.brains.base import TurnContext
from bartender.brains.rule_based.draft import OrderDraft
from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.line_references import TabLines
from bartender.brains.rule_based.small_talk import emotion_for_kind, small_talk_line
from bartender.brains.rule_based.state import ConversationState
from bartender.dialogue.types import Emotion, ToolCall
from bartender.menu.snapshot import Drink

ORDER_TOOLS = {"add_to_order", "change_order_line", "remove_from_order", "clear_order"}

MAX_NOT_HAD = 20  # of one visit


@dataclass
class TurnPlan:
    context: TurnContext
    state: ConversationState
    draft: OrderDraft = field(default_factory=OrderDraft)
    tool_calls: list[ToolCall] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    emotion: Emotion = "neutral"
    has_question: bool = False
    question: str = ""  # what is asked beside an order, about no drink
    unread: tuple[str, ...] = ()  # wishes about a drink that the menu has no word for
    perhaps_ordered: list[RequestedDrink] = field(
        default_factory=list
    )  # read, with too much doubt to act on it
    fallback_sentences: list[str] = field(default_factory=list)  # what is said where the memory has no answer

    def add_tool_call(self, name: str, **arguments: Any) -> None:
        self.tool_calls.append(ToolCall(name, arguments))

    def add_sentence(self, text: str, emotion: Emotion = "happy") -> None:
        if text and text not in self.sentences:
            self.sentences.append(text)
            self.emotion = emotion

    def note_not_had(self, name: str) -> None:
        """For the people who write the menu: a report counts what guests wanted in vain."""
        self.state.not_had = [*self.state.not_had, name[:60]][-MAX_NOT_HAD:]

    def add_small_talk(self, kind: str) -> None:
        self.add_sentence(small_talk_line(kind, self.context), emotion_for_kind(kind))

    def add_question(self, text: str, **pending: Any) -> None:
        self.state.pending = pending
        self.has_question = True
        self.add_sentence(text, "thinking")

    def offer(self, text: str, drinks: Sequence[RequestedDrink]) -> None:
        """Asks whether these shall go on the tab; a yes puts them there."""
        rows = [
            {"item": one.item, "quantity": one.quantity, "modifiers": list(one.modifiers)} for one in drinks
        ]
        self.add_question(text, kind="offer", drinks=rows)

    @property
    def tab_lines(self) -> TabLines:
        units = {line.number: line.quantity for line in self.context.bill.lines}
        gone = {
            call.arguments["line"]
            for call in self.tool_calls
            if call.name == "remove_from_order"
            and call.arguments.get("quantity", units.get(call.arguments["line"]))
            == units.get(call.arguments["line"])
        }
        if any(call.name == "clear_order" for call in self.tool_calls):
            gone = set(units)
        return TabLines(self.context, self.state, frozenset(gone))

    def find_drink(self, name: str) -> Drink | None:
        return self.context.menu.find_drink(name)


def flush_draft(plan: TurnPlan) -> None:
    """What was ordered in this breath goes on the tab, after all corrections in it."""
    last = [call for call in plan.tool_calls if call.name not in ORDER_TOOLS]
    plan.tool_calls = [call for call in plan.tool_calls if call.name in ORDER_TOOLS]
    for group in plan.draft.drinks:
        plan.add_tool_call(
            "add_to_order", item=group.item, quantity=group.quantity, modifiers=list(group.modifiers)
        )
    plan.tool_calls += last
