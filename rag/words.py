"""The words of all passages and what each one weighs in each of them (BM25), as a few flat arrays."""

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

from rag.terms import COMMON, stem, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = "words.npz"
SATURATION, LENGTH = 1.2, 0.6
TITLE_TIMES = 2
SHORTEST_MENDED = 4


@dataclass(frozen=True)
class Heard:
    """A question as the passages would spell it."""

    text: str
    terms: tuple[str, ...]
    unknown: int = 0


class Words:
    def __init__(self, vocabulary: Sequence[str], arrays: dict[str, NDArray[Any]]) -> None:
        self.vocabulary = list(vocabulary)
        self.known = {word: place for place, word in enumerate(self.vocabulary)}
        self.starts, self.places, self.weights = arrays["starts"], arrays["places"], arrays["weights"]
        self.rarity, self.count = arrays["rarity"], int(arrays["count"])
        self.spelled = str(arrays["spelled"]).split("\n")

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> Words:
        """Each row is a title, and a text."""
        found, lengths, spelled = _gathered(rows)
        vocabulary, count = sorted(found), len(lengths)
        mean = max(1.0, sum(lengths) / max(1, count))
        held = [numpy.frombuffer(found[word], numpy.uint32).reshape(-1, 2) for word in vocabulary]
        rarity = numpy.array([_rarity(len(rows), count) for rows in held], numpy.float32)
        long = SATURATION * (1 - LENGTH + LENGTH * numpy.array(lengths, numpy.float32) / mean)
        sizes = [len(rows) for rows in held]
        every = numpy.concatenate(held) if held else numpy.zeros((0, 2), numpy.uint32)
        times, places = every[:, 1].astype(numpy.float32), every[:, 0].astype(numpy.int32)
        weights = times * (SATURATION + 1) / (times + long[places]) if count else times
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
            folder / FILE,
            vocabulary=numpy.array("\n".join(self.vocabulary)),
            starts=self.starts,
            places=self.places,
            weights=self.weights,
            rarity=self.rarity,
            count=numpy.array(self.count),
            spelled=numpy.array("\n".join(self.spelled)),
        )

    @classmethod
    def load(cls, folder: Path) -> Words:
        with numpy.load(folder / FILE, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        vocabulary = str(arrays.pop("vocabulary"))
        return cls(vocabulary.split("\n") if vocabulary else [], arrays)

    def hear(self, question: str) -> Heard:
        """The question with its misspelled words as the passages spell them, as far as that is clear."""
        said, found = [], []
        unknown = 0
        for word in words_of(question):
            known = word in COMMON or word.isdigit() or stem(word) in self.known
            mended = word if known else self._mended(word)
            said.append(mended or word)
            unknown += not known and not mended
            if word not in COMMON:
                found.append(stem(mended or word))
        text = question if said == words_of(question) else " ".join(said)
        return Heard(text, tuple(dict.fromkeys(found)), unknown)

    def _mended(self, word: str) -> str:
        if len(word) < SHORTEST_MENDED:
            return ""
        most = 1 if len(word) < 7 else 2
        near = process.extract(
            word, self._by_length(len(word), most), scorer=OSA.distance, score_cutoff=most, limit=2
        )
        first = [one for one in near if one[0][0] == word[0]] or near
        clear = (
            len(first) == 1
            or (len(first) > 1 and first[0][1] < first[1][1])
            or len({stem(one[0]) for one in first}) == 1
        )
        return str(first[0][0]) if first and clear else ""

    def _by_length(self, length: int, most: int) -> list[str]:
        return [
            word for size in range(length - most, length + most + 1) for word in self._lengths.get(size, ())
        ]

    @cached_property
    def _lengths(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for word in self.spelled:
            found.setdefault(len(word), []).append(word)
        return found

    def scores(self, heard: Heard) -> NDArray[numpy.float32]:
        """For every passage, how much of the question's words it has."""
        total = numpy.zeros(self.count, numpy.float32)
        for word in heard.terms:
            if (place := self.known.get(word)) is not None:
                part = slice(int(self.starts[place]), int(self.starts[place + 1]))
                total[self.places[part]] += self.weights[part]
        return total

    def weight(self, heard: Heard) -> float:
        """What a passage would score that has all of the question's words, about once each."""
        most = math.log(1 + self.count)
        return (
            sum(float(self.rarity[self.known[word]]) if word in self.known else most for word in heard.terms)
            or 1.0
        )


def _rarity(having: int, count: int) -> float:
    return math.log(1 + (count - having + 0.5) / (having + 0.5))


def _gathered(rows: Iterable[tuple[str, str]]) -> tuple[dict[str, array[int]], list[int], set[str]]:
    """For each term the passages that have it and how often; the passages' lengths; the words as spelled."""
    found: dict[str, array[int]] = {}
    lengths: list[int] = []
    spelled: set[str] = set()
    for place, (title, text) in enumerate(rows):
        words = [*words_of(title) * TITLE_TIMES, *words_of(text)]
        counted = Counter(stem(word) for word in words if word not in COMMON)
        spelled.update(word for word in words if len(word) >= SHORTEST_MENDED and not word.isdigit())
        lengths.append(sum(counted.values()))
        for word, times in counted.items():
            found.setdefault(word, array("I")).extend((place, times))
    return found, lengths, spelled
