"""Cuts a reply into what is spoken in one breath. Where it cuts depends on the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartender.conversation.gate.sentences import Sentences

SHORTEST = 12
LONGEST = 220
_CLAUSE = re.compile(r"[,;:—–](?=\s)")


class Breaths:
    """The first is a clause where there is one, so that sound starts early. Joined they are the text."""

    def __init__(self) -> None:
        self._sentences = Sentences()
        self._first = True

    def feed(self, text: str) -> Iterator[str]:
        for sentence in self._sentences.feed(text):
            yield from self._breaths(sentence)

    def close(self) -> Iterator[str]:
        """What waited for its end: the text ends here, or a sentence does."""
        for sentence in self._sentences.close():
            yield from self._breaths(sentence)

    def _breaths(self, sentence: str) -> Iterator[str]:
        if self._first and (end := _first_clause(sentence)):
            yield sentence[:end]
            sentence = sentence[end:]
        while len(sentence) > LONGEST:
            end = _long_cut(sentence)
            yield sentence[:end]
            sentence = sentence[end:]
        self._first = self._first and not sentence.strip()
        yield sentence


def _first_clause(sentence: str) -> int:
    for stop in _CLAUSE.finditer(sentence):
        if (
            len(sentence[: stop.end()].strip()) >= SHORTEST
            and len(sentence[stop.end() :].strip()) >= SHORTEST
        ):
            return stop.end()
    return 0


def _long_cut(sentence: str) -> int:
    """At the last clause that fits, else at the last white space, else anywhere."""
    clauses = [stop.end() for stop in _CLAUSE.finditer(sentence, SHORTEST, LONGEST)]
    if clauses:
        return clauses[-1]
    space = re.search(r"\s\S*$", sentence[SHORTEST:LONGEST])
    return SHORTEST + space.start() if space else LONGEST
