"""What a model is sent of the conversation, before it is put into a vendor's form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bartender.brains.base import TurnContext
from bartender.brains.llm.data_blocks import to_single_line, without_fences
from bartender.brains.llm.history import recent_messages, summary_lines
from bartender.brains.llm.turn_notes import build_turn_notes
from bartender.dialogue.types import Message
from bartender.facts import ToolResult

EMPTY_INPUT_TEXT = "(The guest says nothing.)"
SKIPPED_CALL_RESPONSE = {"error": "Not done: too many at once."}


@dataclass(frozen=True)
class Conversation:
    """`history`: what was said before, as far as it fits. For some turns it only grows at its end, so it is
    part of what a vendor can cache. `notes` and `guest_text` are new in every turn and come last, in this
    order."""

    history: tuple[Message, ...]
    notes: str
    guest_text: str


def build_conversation(context: TurnContext) -> Conversation:
    recent = recent_messages(context.history)
    left_out = [*context.earlier, *context.history[: len(context.history) - len(recent)]]
    earlier = summary_lines(left_out, context.menu) if left_out else []
    return Conversation(
        history=tuple(replace(one, text=without_fences(one.text)) for one in recent if one.text),
        notes=build_turn_notes(context, earlier),
        guest_text=without_fences(context.guest_text.strip()) or EMPTY_INPUT_TEXT,
    )


def split_corrections(results: Sequence[ToolResult]) -> tuple[list[ToolResult], str]:
    """The results of calls, and what the bar has to say beside them."""
    done = [one for one in results if not one.is_correction]
    return done, " ".join(one.text for one in results if one.is_correction)


def correction_text(correction: str) -> str:
    """In a form that a guest's words cannot have."""
    return f"=== The house, not the guest: {to_single_line(correction)}"


def result_response(result: ToolResult) -> dict[str, Any]:
    return {"output": {"said": result.text, "facts": result.facts}} if result.ok else {"error": result.text}
