"""Limits what a brain may send in one turn, and cleans what it sent. Nothing here trusts a brain.

A turn carries out at most sixteen calls (MAX_TOOL_CALLS in bartender/tools/registry.py). A few more are let
through, so that the brain is told that they were too many.
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
MAX_TOKENS = 200_000  # of one kind, in one report: no request of ours can use more


@dataclass
class OutputQuota:
    """What a brain may still send in this turn."""

    text_chars: int = MAX_TEXT_CHARS
    outputs: int = MAX_OUTPUTS
    tool_calls: int = MAX_ACCEPTED_CALLS

    def admit(self, output: BrainOutput) -> BrainOutput | None:
        """The output, cleaned and cut to what is left of the quota; None if there were too many calls."""
        self.outputs -= 1
        match output:
            case TextChunk(text):
                room, self.text_chars = self.text_chars, self.text_chars - len(text)
                return TextChunk(strip_unstorable_chars(text[:room]))
            case ToolCall(name, asked, id):
                self.tool_calls -= 1
                if self.tool_calls < 0:
                    return None
                # Models add a prefix of their own: default_api.add_to_order.
                given = strip_unstorable_chars(name)
                last = re.split(r"[.:/]", given)[-1].strip()
                known = last if last in REGISTRY else given[:60]
                return ToolCall(known, sanitize_arguments(asked), strip_unstorable_chars(str(id))[:100])
            case TokenUsage():
                return clamp_token_usage(output)
        return output


async def limit_outputs(reply: AsyncIterator[BrainOutput], quota: OutputQuota) -> AsyncGenerator[BrainOutput]:
    """Yields a round's outputs until the quota is used up, and then closes the brain's stream."""
    async with aclosing(cast(AsyncGenerator[BrainOutput], reply)) as pieces:
        async for piece in pieces:
            if taken := quota.admit(piece):
                yield taken
            if quota.text_chars <= 0 or quota.outputs <= 0:
                return


def clamp_token_usage(usage: TokenUsage) -> TokenUsage:
    """The usage with every count between 0 and MAX_TOKENS."""
    counts = {name: getattr(usage, name) for name in ("input", "output", "cached", "thoughts")}
    return replace(usage, **{name: min(max(count, 0), MAX_TOKENS) for name, count in counts.items()})


def strip_unstorable_chars(text: str) -> str:
    """The text without what no database stores: null bytes and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def sanitize_arguments(raw: Any) -> dict[str, Any]:
    """The arguments as JSON values, within bounds of depth and length. Whether they make sense is for the
    tool's schema to check."""
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
