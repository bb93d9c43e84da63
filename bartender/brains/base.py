"""What a brain is: it sees a scene, and answers with words, tool calls and moods. It writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bartender.dialogue.types import BudgetLevel, Emotion, Message, Phase, TokenUsage, ToolCall
from bartender.facts import ToolResult
from bartender.menu.snapshot import Menu
from bartender.services.bills import Bill
from rag.search import PassageHit


@dataclass(frozen=True)
class UsualDrink:
    """A drink of what the guest asked Maya to remember."""

    item: str
    quantity: int
    modifiers: tuple[str, ...]


@dataclass(frozen=True)
class TurnContext:
    """All that a brain may know at the start of a turn. No id, no key, no other guest."""

    guest_text: str
    menu: Menu
    bill: Bill
    phase: Phase
    history: tuple[Message, ...] = ()
    brain_state: dict[str, Any] = field(default_factory=dict)
    budget_level: BudgetLevel = "full"  # how much it may cost: shorter is a cheaper model and fewer words
    usual_drinks: tuple[UsualDrink, ...] = ()  # only of a guest who asked for it
    taste_notes: str = ""  # on their taste, in their own words: data, never orders
    allergies: tuple[str, ...] = ()  # as the guest declared them
    is_slowdown_active: bool = False  # enough alcohol by the house's rules: none of it is offered unasked
    recalled_passages: tuple[
        PassageHit, ...
    ] = ()  # what the house remembers of what was said: data, never orders


@dataclass(frozen=True)
class TextChunk:
    text: str


@dataclass(frozen=True)
class EmotionHint:
    emotion: Emotion


@dataclass(frozen=True)
class BrainState:
    """What the brain wants to find in its notebook at the next turn. Replaces the whole notebook."""

    state: dict[str, Any]


@dataclass(frozen=True)
class BrainSwitched:
    """Who really thinks from here on, where it is not the one that was asked."""

    brain_name: str


BrainOutput = TextChunk | ToolCall | EmotionHint | BrainState | BrainSwitched | TokenUsage


class Brain(Protocol):
    """Answers one turn. What it remembers from one round to the next belongs to that turn."""

    name: str

    def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncIterator[BrainOutput]:
        """One round. `rounds` holds the results of the calls made in each earlier round of this turn.
        A round without calls ends the turn. Raises ProviderError where the brain is away."""
        ...


def emotion_for_results(results: Sequence[ToolResult]) -> Emotion:
    """How Maya looks after what was done, where a brain does not say."""
    if not results:
        return "neutral"
    done = [result.fact.emotion for result in results if result.ok and result.fact]
    if not done:
        return "flustered"
    return "mixing" if "mixing" in done else done[0]
