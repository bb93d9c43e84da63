"""Values that brains, tools, budgets and the conversation hand to one another. It imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Emotion = Literal["happy", "flustered", "thinking", "mixing", "upset", "neutral"]
Phase = Literal["greeting", "order_taking", "small_talk", "reorder_prompt"]
BudgetLevel = Literal["full", "shorter", "house"]
EMOTIONS: tuple[Emotion, ...] = ("neutral", "happy", "flustered", "thinking", "mixing", "upset")


@dataclass(frozen=True)
class Message:
    """One side of an earlier turn. `was_interrupted`: the guest stopped her and heard no more than this."""

    role: str  # guest, maya
    text: str
    was_interrupted: bool = False


@dataclass(frozen=True)
class ToolCall:
    """A tool the brain wants used. `id` is the brain's own; it means nothing to the ledger."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class TokenUsage:
    """Tokens of a language model, counted since the last such piece. Output is without thoughts, input with
    what was cached."""

    model: str
    input: int = 0
    output: int = 0
    cached: int = 0
    thoughts: int = 0
    own: bool = False  # by the guest's own key: it costs the house nothing
