"""How much of the evening a model is told again: whole turns, the newest first, up to so many tokens."""

from __future__ import annotations

from collections.abc import Sequence

from bartender.dialogue.types import Message

MAX_HISTORY_TOKENS = 3_000
TOKENS_PER_MESSAGE = 4


def estimate_tokens(text: str) -> int:
    """An estimate that errs on the high side: one for every four bytes, and a few for each message."""
    return len(text.encode(errors="replace")) // 4 + 1 + TOKENS_PER_MESSAGE


def recent_messages(history: Sequence[Message], max_tokens: int = MAX_HISTORY_TOKENS) -> list[Message]:
    """A guest's words and the answer to them stay together."""
    kept: list[Message] = []
    turns = [history[place : place + 2] for place in range(0, len(history), 2)]
    for turn in reversed(turns):
        max_tokens -= sum(estimate_tokens(message.text) for message in turn)
        if max_tokens < 0:
            break
        kept[:0] = turn
    return kept
