"""One reply as it is read aloud: which words say which part of the text, and what of it was heard."""

from __future__ import annotations

from bartender.voices.base import Piece
from bartender.voices.clauses import Breaths
from bartender.voices.spoken import Word, spoken


class Reading:
    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.text = ""  # what was given so far
        self.words: list[Word] = []  # all that is said, with its place in the text
        self._cut = 0  # how much of the text lies in pieces
        self._breaths = Breaths()

    def add(self, sentence: str) -> list[Piece]:
        """What may be said now. Maya's words come in whole sentences, so each ends here."""
        self.text += sentence
        breaths = [*self._breaths.feed(sentence), *self._breaths.close()]
        return [piece for breath in breaths if (piece := self._piece(breath)).words]

    def _piece(self, breath: str) -> Piece:
        at = self._cut
        self._cut += len(breath)
        found = [Word(word.said, at + word.start, at + word.end) for word in spoken(breath, self.language)]
        piece = Piece(len(self.words), tuple(word.said for word in found))
        self.words += found
        return piece

    def mark(self, word: int) -> tuple[int, str]:
        """How many words, from this one on, say the same part of the text; and that part."""
        start = self.words[word].start
        last = word
        while last + 1 < len(self.words) and self.words[last + 1].start == start:
            last += 1
        return last + 1 - word, self.text[start : self.words[word].end]

    def heard(self, words: int) -> str:
        """The text up to the last part of which every word was heard."""
        while 0 < words < len(self.words) and self.words[words - 1].start == self.words[words].start:
            words -= 1
        return self.text[: self.words[words - 1].end].strip() if words else ""
