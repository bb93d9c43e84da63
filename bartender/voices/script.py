"""The words of one reply on their way to a voice: read as they come, and again where a voice fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bartender.voices.base import Piece


class Script:
    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.pieces: list[Piece] = []
        self.whole = False
        self._more = asyncio.Event()

    def add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._more.set()

    def close(self) -> None:
        self.whole = True
        self._more.set()

    async def read(self, since: int = 0) -> AsyncIterator[Piece]:
        """From one piece on. Several may read; one that stops takes nothing from the others."""
        while True:
            while since < len(self.pieces):
                since += 1
                yield self.pieces[since - 1]
            if self.whole:
                return
            self._more.clear()
            await self._more.wait()
