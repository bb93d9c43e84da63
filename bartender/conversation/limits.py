"""How much is taken of a brain in one turn, and in which form. Nothing here trusts a brain.

Six calls are done in a turn (`bartender/tools/registry.py`); a few more are heard, so that it learns that.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

from bartender.brains.base import BrainOutput, TextChunk
from bartender.dialogue.types import TokenUsage, ToolCall
from bartender.tools import REGISTRY

MAX_TEXT_CHARS = 10_000
MAX_OUTPUTS = 20_000
MAX_ACCEPTED_CALLS = 24
MAX_ARGUMENTS_CHARS = 4_000
MAX_ARGUMENTS_DEPTH = 8
MAX_TOKENS = 200_000  # of one kind, told at once: no request of ours can have used more


@dataclass
class OutputQuota:
    """What is left of it for the rest of the turn."""

    text_chars: int = MAX_TEXT_CHARS
    outputs: int = MAX_OUTPUTS
    tool_calls: int = MAX_ACCEPTED_CALLS

    def admit(self, output: BrainOutput) -> BrainOutput | None:
        self.outputs -= 1
        match output:
            case TextChunk(text):
                room, self.text_chars = self.text_chars, self.text_chars - len(text)
                return TextChunk(strip_unstorable_chars(text[:room]))
            case ToolCall(name, asked, id):
                self.tool_calls -= 1
                if self.tool_calls < 0:
                    return None
                # Models put the name of their own toolbox in front: default_api.add_to_order.
                given = strip_unstorable_chars(name)
                last = re.split(r"[.:/]", given)[-1].strip()
                known = last if last in REGISTRY else given[:60]
                return ToolCall(known, sanitize_arguments(asked), strip_unstorable_chars(str(id))[:100])
            case TokenUsage():
                return clamp_token_usage(output)
        return output


async def limit_outputs(reply: AsyncIterator[BrainOutput], quota: OutputQuota) -> AsyncGenerator[BrainOutput]:
    """A round, as far as there is room for it. A brain that goes on is left where it is."""
    async with aclosing(cast(AsyncGenerator[BrainOutput], reply)) as pieces:
        async for piece in pieces:
            if taken := quota.admit(piece):
                yield taken
            if quota.text_chars <= 0 or quota.outputs <= 0:
                return


def clamp_token_usage(usage: TokenUsage) -> TokenUsage:
    """Nobody can have used less than nothing, or more than there is."""
    told = {name: getattr(usage, name) for name in ("input", "output", "cached", "thoughts")}
    return replace(usage, **{name: min(max(count, 0), MAX_TOKENS) for name, count in told.items()})


def strip_unstorable_chars(text: str) -> str:
    """Without what no database takes: null bytes and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def sanitize_arguments(raw: Any) -> dict[str, Any]:
    """As plain data that can be written down. Whether it makes sense is for the tool's schema to say."""
    if not isinstance(raw, dict):
        return {"not_an_object": True}
    plain = _sanitize_value(raw, MAX_ARGUMENTS_DEPTH)
    return plain if len(str(plain)) <= MAX_ARGUMENTS_CHARS else {"too_long": True}


def _sanitize_value(value: Any, depth_left: int) -> Any:
    match value:
        case dict() | list() if not depth_left:
            return "too deep"
        case dict():
            return {
                strip_unstorable_chars(str(name)): _sanitize_value(inner, depth_left - 1)
                for name, inner in value.items()
            }
        case list():
            return [_sanitize_value(inner, depth_left - 1) for inner in value]
        case str():
            return strip_unstorable_chars(value)
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value
