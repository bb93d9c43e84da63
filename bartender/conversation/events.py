"""What happens in a turn, as values. The only form in which a turn talks to the world around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bartender.dialogue.types import Emotion, Phase
from bartender.models.visits import Citation
from bartender.services.bills import Bill


@dataclass(frozen=True)
class TurnStarted:
    """`is_new` is False where the first answer is only told again."""

    turn_id: str
    brain_name: str
    notice: str = ""  # what the guest should know of how it is answered
    is_new: bool = True


@dataclass(frozen=True)
class TextDelta:
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
class EmotionChanged:
    emotion: Emotion


@dataclass(frozen=True)
class PhaseChanged:
    phase: Phase


@dataclass(frozen=True)
class TurnEnded:
    """The last event of every turn. `outcome`: done, replayed, interrupted, failed."""

    turn_id: str
    outcome: str
    reply: str
    brain_name: str
    emotion: Emotion
    phase: Phase
    bill: Bill
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    elapsed_ms: float = 0.0
    citations: list[Citation] = field(default_factory=list)


TurnEvent = TurnStarted | TextDelta | ToolUsed | TabChanged | EmotionChanged | PhaseChanged | TurnEnded
