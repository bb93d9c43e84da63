"""How much is taken of a brain in one turn, and in which form. Nothing here trusts a brain.

Six calls are done in a turn (`bartender/tools/registry.py`); a few more are heard, so that it learns that.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from bartender.brains.base import Call, Piece, Text

MOST_TEXT = 10_000
MOST_PIECES = 20_000
MOST_CALLS = 24
MOST_ARGUMENTS = 4_000
DEEPEST = 8


@dataclass
class Share:
    """What is left of it for the rest of the turn."""

    text: int = MOST_TEXT
    pieces: int = MOST_PIECES
    calls: int = MOST_CALLS

    @property
    def used_up(self) -> bool:
        return self.text <= 0 or self.pieces <= 0

    def take(self, piece: Piece) -> Piece | None:
        self.pieces -= 1
        match piece:
            case Text(text):
                room, self.text = self.text, self.text - len(text)
                return Text(clean(text[:room]))
            case Call(name, asked, id):
                self.calls -= 1
                return Call(clean(name)[:60], arguments(asked), id) if self.calls >= 0 else None
        return piece


async def heard(reply: AsyncIterator[Piece], share: Share) -> AsyncGenerator[Piece]:
    """A round, as far as there is room for it. A brain that goes on is left where it is."""
    async with aclosing(cast(AsyncGenerator[Piece], reply)) as pieces:
        async for piece in pieces:
            if taken := share.take(piece):
                yield taken
            if share.used_up:
                return


def clean(text: str) -> str:
    """Without what no database takes: null bytes and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def arguments(asked: Any) -> dict[str, Any]:
    """As plain data that can be written down. Whether it makes sense is for the tool's schema to say."""
    if not isinstance(asked, dict):
        return {"not_an_object": True}
    plain = _plain(asked, DEEPEST)
    return plain if len(str(plain)) <= MOST_ARGUMENTS else {"too_long": True}


def _plain(value: Any, deep: int) -> Any:
    match value:
        case dict() | list() if not deep:
            return "too deep"
        case dict():
            return {clean(str(name)): _plain(inner, deep - 1) for name, inner in value.items()}
        case list():
            return [_plain(inner, deep - 1) for inner in value]
        case str():
            return clean(value)
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value
