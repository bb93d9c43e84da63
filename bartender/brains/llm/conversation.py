"""What a model is sent of the conversation, before it is put into a vendor's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bartender.brains.base import TurnContext
from bartender.brains.llm.history import recent_messages
from bartender.dialogue.types import Message
from bartender.facts import ToolResult

EMPTY_INPUT_TEXT = "(The guest says nothing.)"
SKIPPED_CALL_RESPONSE = {"error": "Not done: too many at once."}


def conversation_messages(context: TurnContext) -> list[Message]:
    """What was said before, as far as it fits, and the guest's words of this turn."""
    earlier = [one for one in recent_messages(context.history) if one.text]
    return [*earlier, Message("guest", context.guest_text.strip() or EMPTY_INPUT_TEXT)]


def split_corrections(results: Sequence[ToolResult]) -> tuple[list[ToolResult], str]:
    """The results of calls, and what the house has to say beside them."""
    done = [one for one in results if not one.is_correction]
    return done, " ".join(one.text for one in results if one.is_correction)


def correction_text(correction: str) -> str:
    return f"(The house, not the guest: {correction})"


def result_response(result: ToolResult) -> dict[str, Any]:
    return {"output": {"said": result.text, "facts": result.facts}} if result.ok else {"error": result.text}
