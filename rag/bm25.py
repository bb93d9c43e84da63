"""BM25 over all passages: how much each word weighs in each passage, as a few flat arrays."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.tokens import STOP_WORDS, stem, tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray

INDEX_FILE = "words.npz"
BM25_K1, BM25_B = 1.2, 0.6
TITLE_WEIGHT = 2
MIN_CORRECTED_LENGTH = 4


@dataclass(frozen=True)
class CorrectedQuery:
    """A question in the passages' spelling."""

    text: str
    terms: tuple[str, ...]
    unknown: int = 0


class BM25Index:
    def __init__(self, vocabulary: Sequence[str], arrays: dict[str, NDArray[Any]]) -> None:
        self.vocabulary = list(vocabulary)
        self.term_ids = {word: place for place, word in enumerate(self.vocabulary)}
        self.starts, self.places, self.weights = arrays["starts"], arrays["places"], arrays["weights"]
        self.rarity, self.count = arrays["rarity"], int(arrays["count"])
        self.spelled = str(arrays["spelled"]).split("\n")

    @classmethod
    def build(cls, rows: Iterable[tuple[str, str]]) -> BM25Index:
        """Builds the index. Each row is a title and a text."""
        found, lengths, spelled = _collect_terms(rows)
        vocabulary, count = sorted(found), len(lengths)
        mean = max(1.0, sum(lengths) / max(1, count))
        held = [numpy.frombuffer(found[word], numpy.uint32).reshape(-1, 2) for word in vocabulary]
        rarity = numpy.array([_inverse_document_frequency(len(rows), count) for rows in held], numpy.float32)
        long = BM25_K1 * (1 - BM25_B + BM25_B * numpy.array(lengths, numpy.float32) / mean)
        sizes = [len(rows) for rows in held]
        every = numpy.concatenate(held) if held else numpy.zeros((0, 2), numpy.uint32)
        times, places = every[:, 1].astype(numpy.float32), every[:, 0].astype(numpy.int32)
        weights = times * (BM25_K1 + 1) / (times + long[places]) if count else times
        arrays: dict[str, NDArray[Any]] = {
            "starts": numpy.concatenate([[0], numpy.cumsum(sizes)]).astype(numpy.int64),
            "places": places,
            "weights": (weights * numpy.repeat(rarity, sizes)).astype(numpy.float32),
            "rarity": rarity,
            "count": numpy.array(count),
            "spelled": numpy.array("\n".join(sorted(spelled))),
        }
        return cls(vocabulary, arrays)

    def save(self, folder: Path) -> None:
        numpy.savez(
            folder / INDEX_FILE,
            vocabulary=numpy.array("\n".join(self.vocabulary)),
            starts=self.starts,
            places=self.places,
            weights=self.weights,
            rarity=self.rarity,
            count=numpy.array(self.count),
            spelled=numpy.array("\n".join(self.spelled)),
        )

    @classmethod
    def load(cls, folder: Path) -> BM25Index:
        with numpy.load(folder / INDEX_FILE, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        vocabulary = str(arrays.pop("vocabulary"))
        return cls(vocabulary.split("\n") if vocabulary else [], arrays)

    def correct_query(self, question: str) -> CorrectedQuery:
        """The question with its misspelled words corrected to the passages' words, as far as that is
        clear."""
        said, found = [], []
        unknown = 0
        for word in tokenize(question):
            known = word in STOP_WORDS or word.isdigit() or stem(word) in self.term_ids
            mended = word if known else self._correct_spelling(word)
            said.append(mended or word)
            unknown += not known and not mended
            if word not in STOP_WORDS:
                found.append(stem(mended or word))
        text = question if said == tokenize(question) else " ".join(said)
        return CorrectedQuery(text, tuple(dict.fromkeys(found)), unknown)

    def _correct_spelling(self, word: str) -> str:
        if len(word) < MIN_CORRECTED_LENGTH:
            return ""
        most = 1 if len(word) < 7 else 2
        near = process.extract(
            word,
            self._words_of_similar_length(len(word), most),
            scorer=OSA.distance,
            score_cutoff=most,
            limit=2,
        )
        first = [one for one in near if one[0][0] == word[0]] or near
        clear = (
            len(first) == 1
            or (len(first) > 1 and first[0][1] < first[1][1])
            or len({stem(one[0]) for one in first}) == 1
        )
        return str(first[0][0]) if first and clear else ""

    def _words_of_similar_length(self, length: int, max_distance: int) -> list[str]:
        return [
            word
            for size in range(length - max_distance, length + max_distance + 1)
            for word in self._words_by_length.get(size, ())
        ]

    @cached_property
    def _words_by_length(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for word in self.spelled:
            found.setdefault(len(word), []).append(word)
        return found

    def scores(self, query: CorrectedQuery) -> NDArray[numpy.float32]:
        """A score for every passage: how much of the question's words it has."""
        total = numpy.zeros(self.count, numpy.float32)
        for word in query.terms:
            if (place := self.term_ids.get(word)) is not None:
                part = slice(int(self.starts[place]), int(self.starts[place + 1]))
                total[self.places[part]] += self.weights[part]
        return total

    def max_score(self, query: CorrectedQuery) -> float:
        """The score of a passage that has each of the question's words about once."""
        most = math.log(1 + self.count)
        return (
            sum(
                float(self.rarity[self.term_ids[word]]) if word in self.term_ids else most
                for word in query.terms
            )
            or 1.0
        )


def _inverse_document_frequency(having: int, count: int) -> float:
    return math.log(1 + (count - having + 0.5) / (having + 0.5))


def _collect_terms(rows: Iterable[tuple[str, str]]) -> tuple[dict[str, array[int]], list[int], set[str]]:
    """For each term the passages that have it and how often; the passages' lengths; the words as spelled."""
    found: dict[str, array[int]] = {}
    lengths: list[int] = []
    spelled: set[str] = set()
    for place, (title, text) in enumerate(rows):
        words = [*tokenize(title) * TITLE_WEIGHT, *tokenize(text)]
        counted = Counter(stem(word) for word in words if word not in STOP_WORDS)
        spelled.update(word for word in words if len(word) >= MIN_CORRECTED_LENGTH and not word.isdigit())
        lengths.append(sum(counted.values()))
        for word, times in counted.items():
            found.setdefault(word, array("I")).extend((place, times))
    return found, lengths, spelled
