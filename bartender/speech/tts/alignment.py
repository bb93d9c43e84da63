"""Maps the spoken words of one reply to its text, and computes how much of the text was heard."""

from __future__ import annotations

from bartender.speech.tts.clauses import PhraseSplitter
from bartender.speech.tts.normalize import SpokenWord, to_spoken_words
from bartender.speech.tts.text_stream import Phrase


class TextAlignment:
    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.text = ""  # all sentences so far
        self.words: list[SpokenWord] = []  # all spoken words, with their places in the text
        self._phrased_chars = 0  # characters of the text that are in phrases
        self._splitter = PhraseSplitter()

    def add_sentence(self, sentence: str) -> list[Phrase]:
        """Adds a whole sentence and returns its phrases for the voice."""
        self.text += sentence
        breaths = [*self._splitter.feed(sentence), *self._splitter.flush()]
        return [piece for breath in breaths if (piece := self._to_phrase(breath)).words]

    def _to_phrase(self, text: str) -> Phrase:
        at = self._phrased_chars
        self._phrased_chars += len(text)
        found = [
            SpokenWord(word.text, at + word.start, at + word.end)
            for word in to_spoken_words(text, self.language)
        ]
        piece = Phrase(len(self.words), tuple(word.text for word in found))
        self.words += found
        return piece

    def span_at(self, word_index: int) -> tuple[int, str]:
        """The number of words, from this one on, that stand for the same part of the text, and that part."""
        start = self.words[word_index].start
        last = word_index
        while last + 1 < len(self.words) and self.words[last + 1].start == start:
            last += 1
        return last + 1 - word_index, self.text[start : self.words[word_index].end]

    def spoken_prefix(self, word_count: int) -> str:
        """The text of the first `word_count` words, without a part that was only half spoken."""
        while (
            0 < word_count < len(self.words)
            and self.words[word_count - 1].start == self.words[word_count].start
        ):
            word_count -= 1
        return self.text[: self.words[word_count - 1].end].strip() if word_count else ""
