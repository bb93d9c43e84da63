"""Whose turn a word is: the provider's words, cut as it likes, matched to ours by their letters."""

from __future__ import annotations

from collections.abc import Iterator

from bartender.voices.base import Begins, Piece


class Times:
    def __init__(self) -> None:
        self._words: list[
            tuple[int, int]
        ] = []  # where each begins, counted in letters; its place in the reply
        self._given = 0
        self._heard = 0
        self._told = 0

    def give(self, piece: Piece) -> None:
        for place, word in enumerate(piece.words, piece.first):
            self._words.append((self._given, place))
            self._given += _letters(word)

    def hear(self, word: str, at_ms: float) -> Iterator[Begins]:
        self._heard += _letters(word)
        while self._told < len(self._words) and self._words[self._told][0] < self._heard:
            yield Begins(self._words[self._told][1], at_ms)
            self._told += 1

    @property
    def told(self) -> bool:
        return bool(self._told)

    @property
    def all_told(self) -> bool:
        return self._told == len(self._words)


def _letters(word: str) -> int:
    return sum(map(str.isalnum, word))
