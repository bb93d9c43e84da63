"""Selects how much of the conversation a model is sent: whole turns, newest first, within a token limit."""

from __future__ import annotations

from collections.abc import Sequence

from bartender.dialogue.types import Message

MAX_HISTORY_TOKENS = 3_000
TOKENS_PER_MESSAGE = 4


def estimate_tokens(text: str) -> int:
    """Errs on the high side: one token for every four bytes, and a few for each message."""
    return len(text.encode(errors="replace")) // 4 + 1 + TOKENS_PER_MESSAGE


def recent_messages(history: Sequence[Message], max_tokens: int = MAX_HISTORY_TOKENS) -> list[Message]:
    """The newest messages within `max_tokens`, in order. A guest's words stay with the answer to them."""
    kept: list[Message] = []
    turns = [history[place : place + 2] for place in range(0, len(history), 2)]
    for turn in reversed(turns):
        max_tokens -= sum(estimate_tokens(message.text) for message in turn)
        if max_tokens < 0:
            break
        kept[:0] = turn
    return kept
