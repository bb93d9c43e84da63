"""The phrases of one reply, which engines read while they are added, or again when an engine fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrase:
    """The words of a sentence or clause. `first_word` is the index of its first word in the reply."""

    first_word: int
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def end_word(self) -> int:
        return self.first_word + len(self.words)


class TextStream:
    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.phrases: list[Phrase] = []
        self.is_complete = False
        self._changed = asyncio.Event()

    def add(self, phrase: Phrase) -> None:
        self.phrases.append(phrase)
        self._changed.set()

    def close(self) -> None:
        self.is_complete = True
        self._changed.set()

    async def iter_phrases(self, first_phrase: int = 0) -> AsyncIterator[Phrase]:
        """Yields phrases from an index on, and waits for more. Several readers may iterate independently."""
        while True:
            while first_phrase < len(self.phrases):
                first_phrase += 1
                yield self.phrases[first_phrase - 1]
            if self.is_complete:
                return
            self._changed.clear()
            await self._changed.wait()
