"""The result of a tool call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bartender.dialogue.types import ToolCall
from bartender.facts.base import Fact

CORRECTION_TOOL = "claim_check"


@dataclass(frozen=True)
class ToolResult:
    """The committed fact, or why there is none, and one sentence.

    A result without a fact is for the brain alone, and nothing of it is said to a guest: an unknown tool,
    invalid arguments, or a correction.
    """

    call: ToolCall
    ok: bool
    text: str
    fact: Fact | None = None

    @classmethod
    def of(cls, call: ToolCall, fact: Fact) -> ToolResult:
        """The result of a call that was carried out; its text is the fact's own sentence."""
        return cls(call, True, fact.sentence(), fact)

    @property
    def is_correction(self) -> bool:
        """Whether it belongs to no call: it tells a brain that it claimed something that nothing backs."""
        return self.call.name == CORRECTION_TOOL

    @property
    def facts(self) -> dict[str, Any]:
        """The fact as JSON; empty without one."""
        return self.fact.to_dict() if self.fact else {}

    def to_dict(self) -> dict[str, Any]:
        """The result as a turn's row stores it."""
        call = self.call
        return {"name": call.name, "arguments": call.arguments, "ok": self.ok, "facts": self.facts}
