"""Values shared by brains, tools, budgets and the conversation. It imports nothing of this project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Emotion = Literal["happy", "flustered", "thinking", "mixing", "upset", "neutral"]
Phase = Literal["greeting", "order_taking", "small_talk", "reorder_prompt"]
BudgetLevel = Literal["full", "shorter", "house"]
# What `--brain`, `chat --json` and the metrics call the brain without a language model.
RULE_BASED_BRAIN = "house"
EMOTIONS: tuple[Emotion, ...] = ("neutral", "happy", "flustered", "thinking", "mixing", "upset")


@dataclass(frozen=True)
class Message:
    """What one side said in an earlier turn. `was_interrupted`: the guest stopped Maya and heard no more.
    `facts`: of Maya's answer, what its tools committed or read, as JSON."""

    role: str  # guest, maya
    text: str
    was_interrupted: bool = False
    facts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class ToolCall:
    """A brain's request to use a tool. `id` is the brain's own and never part of an idempotency key."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class TokenUsage:
    """Tokens that a language model used since its last report. `output` excludes `thoughts`; `input` includes
    `cached`."""

    model: str
    input: int = 0
    output: int = 0
    cached: int = 0
    thoughts: int = 0
    own: bool = False  # by the guest's own key: it costs the venue nothing
