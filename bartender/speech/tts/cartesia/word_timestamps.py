"""Matches Cartesia's word timestamps to our words by counting letters, since it splits words differently."""

from __future__ import annotations

from collections.abc import Iterator

from bartender.speech.tts.base import WordStart
from bartender.speech.tts.text_stream import Phrase


class WordTimestampMatcher:
    def __init__(self) -> None:
        self._word_offsets: list[
            tuple[int, int]
        ] = []  # (letters before the word, index of the word in the reply)
        self._sent_letters = 0
        self._received_letters = 0
        self._matched_words = 0

    def add_phrase(self, piece: Phrase) -> None:
        for place, word in enumerate(piece.words, piece.first_word):
            self._word_offsets.append((self._sent_letters, place))
            self._sent_letters += _letter_count(word)

    def match_word(self, word: str, at_ms: float) -> Iterator[WordStart]:
        self._received_letters += _letter_count(word)
        while (
            self._matched_words < len(self._word_offsets)
            and self._word_offsets[self._matched_words][0] < self._received_letters
        ):
            yield WordStart(self._word_offsets[self._matched_words][1], at_ms)
            self._matched_words += 1

    @property
    def has_matches(self) -> bool:
        return bool(self._matched_words)

    @property
    def all_matched(self) -> bool:
        return self._matched_words == len(self._word_offsets)


def _letter_count(word: str) -> int:
    return sum(map(str.isalnum, word))
