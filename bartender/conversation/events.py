"""Turn events: what happens in a turn, as values. A turn tells its caller nothing in any other way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bartender.dialogue.types import Emotion, Phase
from bartender.models.visits import Citation
from bartender.services.bills import Bill


@dataclass(frozen=True)
class TurnStarted:
    """The first event. `is_new` is False if the first answer to this client id is only repeated."""

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
    """The whole tab, after a change was committed."""

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
