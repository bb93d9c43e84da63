"""Splits a reply into phrases for the voice. The result depends on the text alone, not on its chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartender.text.sentences import SentenceSplitter

MIN_CLAUSE_CHARS = 12
MAX_PHRASE_CHARS = 220
_CLAUSE_END = re.compile(r"[,;:—–](?=\s)")


class PhraseSplitter:
    """The first phrase may be a mere clause, so that audio starts early. All phrases joined are the text."""

    def __init__(self) -> None:
        self._sentences = SentenceSplitter()
        self._is_first_phrase = True

    def feed(self, text: str) -> Iterator[str]:
        for sentence in self._sentences.feed(text):
            yield from self._split(sentence)

    def flush(self) -> Iterator[str]:
        """Yields the rest, because the text or a sentence ends here."""
        for sentence in self._sentences.close():
            yield from self._split(sentence)

    def _split(self, sentence: str) -> Iterator[str]:
        if self._is_first_phrase and (end := _first_clause_end(sentence)):
            yield sentence[:end]
            sentence = sentence[end:]
        while len(sentence) > MAX_PHRASE_CHARS:
            end = _long_phrase_end(sentence)
            yield sentence[:end]
            sentence = sentence[end:]
        self._is_first_phrase = self._is_first_phrase and not sentence.strip()
        yield sentence


def _first_clause_end(sentence: str) -> int:
    for stop in _CLAUSE_END.finditer(sentence):
        if (
            len(sentence[: stop.end()].strip()) >= MIN_CLAUSE_CHARS
            and len(sentence[stop.end() :].strip()) >= MIN_CLAUSE_CHARS
        ):
            return stop.end()
    return 0


def _long_phrase_end(sentence: str) -> int:
    """After the last clause that fits, else at the last white space, else at the limit."""
    clauses = [stop.end() for stop in _CLAUSE_END.finditer(sentence, MIN_CLAUSE_CHARS, MAX_PHRASE_CHARS)]
    if clauses:
        return clauses[-1]
    space = re.search(r"\s\S*$", sentence[MIN_CLAUSE_CHARS:MAX_PHRASE_CHARS])
    return MIN_CLAUSE_CHARS + space.start() if space else MAX_PHRASE_CHARS
