"""What happens in a turn, as values. The only form in which a turn talks to the world around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from bartender.records.visits import Source
from bartender.services.bills import Bill

Emotion = Literal["happy", "flustered", "thinking", "mixing", "upset", "neutral"]
Phase = Literal["greeting", "order_taking", "small_talk", "reorder_prompt"]
Thrift = Literal["full", "shorter", "house"]
EMOTIONS: tuple[Emotion, ...] = ("neutral", "happy", "flustered", "thinking", "mixing", "upset")
PHASES: tuple[Phase, ...] = ("greeting", "order_taking", "small_talk", "reorder_prompt")


@dataclass(frozen=True)
class TurnStarted:
    """`fresh` is False where the first answer is only told again."""

    turn: str
    brain: str
    notice: str = ""  # what the guest should know of how it is answered
    fresh: bool = True


@dataclass(frozen=True)
class Said:
    """A piece of Maya's answer that has passed the claim gate. Joined, the pieces are the reply."""

    text: str


@dataclass(frozen=True)
class ToolUsed:
    name: str
    arguments: dict[str, Any]
    ok: bool
    text: str = ""


@dataclass(frozen=True)
class TabChanged:
    """Sent after the commit, with the whole tab."""

    bill: Bill


@dataclass(frozen=True)
class Mood:
    emotion: Emotion


@dataclass(frozen=True)
class PhaseChanged:
    phase: Phase


@dataclass(frozen=True)
class TurnEnded:
    """The last event of every turn. `outcome`: done, replayed, interrupted, failed."""

    turn: str
    outcome: str
    reply: str
    brain: str
    emotion: Emotion
    phase: Phase
    bill: Bill
    tools: list[dict[str, Any]] = field(default_factory=list)
    elapsed_ms: float = 0.0
    sources: list[Source] = field(default_factory=list)


Event = TurnStarted | Said | ToolUsed | TabChanged | Mood | PhaseChanged | TurnEnded
