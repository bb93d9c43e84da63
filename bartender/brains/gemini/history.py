"""How much of the evening a model is told again: whole turns, the newest first, up to so many tokens."""

from __future__ import annotations

from collections.abc import Sequence

from bartender.brains.base import Message

MOST_TOKENS = 3_000
EACH = 4


def tokens(text: str) -> int:
    """An estimate that errs on the high side: one for every four bytes, and a few for each message."""
    return len(text.encode(errors="replace")) // 4 + 1 + EACH


def window(history: Sequence[Message], most: int = MOST_TOKENS) -> list[Message]:
    """A guest's words and the answer to them stay together."""
    kept: list[Message] = []
    turns = [history[place : place + 2] for place in range(0, len(history), 2)]
    for turn in reversed(turns):
        most -= sum(tokens(message.text) for message in turn)
        if most < 0:
            break
        kept[:0] = turn
    return kept
