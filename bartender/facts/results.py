"""What came of a tool call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bartender.dialogue.types import ToolCall
from bartender.facts.base import Fact

CORRECTION_TOOL = "claim_check"


@dataclass(frozen=True)
class ToolResult:
    """The committed fact, or why not, and one sentence. Without a fact nothing of it is said to a guest: no
    such tool, arguments that make no sense, or a word to the brain alone."""

    call: ToolCall
    ok: bool
    text: str
    fact: Fact | None = None

    @classmethod
    def of(cls, call: ToolCall, fact: Fact) -> ToolResult:
        """Of a call that was carried out: said in the fact's own sentence."""
        return cls(call, True, fact.sentence(), fact)

    @property
    def is_correction(self) -> bool:
        """The house's word to a brain that claimed what is not so; no tool was called for."""
        return self.call.name == CORRECTION_TOOL

    @property
    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return self.fact.to_dict() if self.fact else {}

    def to_dict(self) -> dict[str, Any]:
        """As a row of a turn keeps it."""
        call = self.call
        return {"name": call.name, "arguments": call.arguments, "ok": self.ok, "facts": self.facts}
