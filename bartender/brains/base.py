"""The interface of a brain: it gets a turn context and answers with text, tool calls and emotions. It writes
nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bartender.dialogue.types import BudgetLevel, Emotion, Message, Phase, TokenUsage, ToolCall
from bartender.facts import ToolResult
from bartender.menu.opening_hours import ALWAYS_OPEN, BarState
from bartender.menu.snapshot import Menu
from bartender.services.bills import Bill
from rag.search import PassageHit


@dataclass(frozen=True)
class UsualDrink:
    """One drink of the usual order that a returning guest asked Maya to remember."""

    item: str
    quantity: int
    modifiers: tuple[str, ...]


@dataclass(frozen=True)
class TurnContext:
    """All that a brain may know at the start of a turn. It has no id, no key, and nothing of other guests."""

    guest_text: str
    menu: Menu
    bill: Bill
    phase: Phase
    history: tuple[Message, ...] = ()
    earlier: tuple[Message, ...] = ()  # what was said before the history: to be summarised, not repeated
    brain_state: dict[str, Any] = field(default_factory=dict)
    budget_level: BudgetLevel = "full"  # what is left of the budget: how much the turn may cost
    usual_drinks: tuple[UsualDrink, ...] = ()  # only of a guest who asked for it
    taste_notes: str = ""  # on their taste, in their own words: data, never instructions
    allergies: tuple[str, ...] = ()  # as the guest declared them
    age_state: str = "unknown"  # as the visit has it: unknown, declared, checked, refused
    is_slowdown_active: bool = False  # for whatever reason, alcohol is not offered unasked
    bar_state: BarState = ALWAYS_OPEN  # whether the bar takes orders as the turn begins
    surface: str = "page"  # where the guest talks: page, chat, ...
    recalled_passages: tuple[
        PassageHit, ...
    ] = ()  # from the memory, near what was said: data, never instructions


@dataclass(frozen=True)
class TextChunk:
    text: str


@dataclass(frozen=True)
class EmotionHint:
    emotion: Emotion


@dataclass(frozen=True)
class BrainState:
    """What the brain wants to find in `TurnContext.brain_state` at the next turn. Replaces all of it."""

    state: dict[str, Any]


@dataclass(frozen=True)
class BrainSwitched:
    """Another brain than the one that was asked answers from here on."""

    brain_name: str


BrainOutput = TextChunk | ToolCall | EmotionHint | BrainState | BrainSwitched | TokenUsage


class Brain(Protocol):
    """Answers one turn. What it remembers from one round to the next belongs to that turn."""

    name: str

    def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncIterator[BrainOutput]:
        """Answers one round. `rounds` holds the results of the calls made in each earlier round of this turn.

        A round without calls ends the turn. Raises ProviderError if the brain cannot answer.
        """
        ...
