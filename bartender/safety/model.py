"""Classifies what a sentence states, by a small linear model over its words: deterministic, offline, plain
Python.

Every feature (a word, two or three neighbours, two words around a gap, a piece of a word; and the same with
the lexicon's classes for words) adds its weight to each kind of statement; a logistic function of the sum is
the probability. `python -m bartender.safety.train` learns the weights from the sentences in `corpus/`, and
writes the file that is read here.
"""

from __future__ import annotations

import json
import math
import zlib
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from bartender.safety.allergens import ALLERGEN_BY_FORM
from bartender.text.word_features import word_features

LEXICON_PATH = Path(__file__).with_name("lexicon.txt")
MODEL_PATH = Path(__file__).with_name("statements.bin")
HASH_BITS = 16
CHARACTER_NGRAM_SIZES = (3, 4)  # letters of a piece of a word


@lru_cache(maxsize=1)
def word_classes() -> dict[str, str]:
    """The lexicon's class of each word. The file is read once."""
    found: dict[str, str] = {}
    for line in LEXICON_PATH.read_text(encoding="utf-8").splitlines():
        name, colon, words = line.partition(":")
        if colon and not line.startswith("#"):
            spelled = ALLERGEN_BY_FORM if words.strip() == "@allergens" else words.split()
            found |= {word: name for word in spelled if word not in found}
    return found


def hash_features(forms: Sequence[str], vocabulary: Collection[str]) -> set[int]:
    """The indices of a sentence's features among the weights. `vocabulary`: the words that are told apart
    where all others are the same."""
    return {zlib.crc32(name.encode()) & ((1 << HASH_BITS) - 1) for name in _feature_names(forms, vocabulary)}


def _feature_names(forms: Sequence[str], vocabulary: Collection[str]) -> Iterator[str]:
    yield from word_features(["^", *forms, "$"], CHARACTER_NGRAM_SIZES, shortest=4)
    class_of = word_classes()
    found = [class_of.get(word, "") for word in forms]
    sketch = [
        word if word[0] == "<" else f"={name}" if name else word if word in vocabulary else "~"
        for word, name in zip(forms, found, strict=True)
    ]
    yield from _class_features(["^", *sketch, "$"])
    named = sorted({name or word for word, name in zip(forms, found, strict=True) if name or word[0] == "<"})
    yield from (f"C {name}" for name in named)
    yield from (f"C {one} {other}" for one, other in combinations(named, 2))


def _class_features(line: Sequence[str]) -> Iterator[str]:
    """Features of the sentence in classes: runs of up to four, and pairs across a gap."""
    for at, one in enumerate(line):
        for length in range(1, min(4, at + 1) + 1):
            yield "S " + " ".join(line[at + 1 - length : at + 1])
        for gap in range(2, min(4, at) + 1):
            yield f"S {line[at - gap]} _{gap} {one}"


class StatementModel:
    """The weights of each feature for each kind of statement: signed bytes, to be multiplied by `scale`."""

    def __init__(
        self,
        thresholds: Mapping[str, float],
        vocabulary: Collection[str],
        bias: Sequence[float],
        scale: float,
        weights: array[int],
    ) -> None:
        """`thresholds`: the probability from which on each kind counts as stated."""
        self.vocabulary = frozenset(vocabulary)
        self.thresholds, self.bias, self.scale, self.weights = dict(thresholds), tuple(bias), scale, weights

    def probabilities(self, forms: Sequence[str]) -> dict[str, float]:
        """The probability of each kind of statement, for the forms of one part of a sentence."""
        count = len(self.thresholds)
        sums = [0] * count
        found = hash_features(forms, self.vocabulary)
        for place in found:
            for kind, weight in enumerate(self.weights[place * count : (place + 1) * count]):
                sums[kind] += weight
        share = self.scale / math.sqrt(len(found) or 1)
        return {
            name: 1 / (1 + math.exp(-max(-30.0, min(30.0, bias + total * share))))
            for name, bias, total in zip(self.thresholds, self.bias, sums, strict=True)
        }

    def save(self, path: Path) -> None:
        about = {
            "floors": self.thresholds,
            "known": sorted(self.vocabulary),
            "bias": self.bias,
            "scale": self.scale,
        }
        head = json.dumps(about).encode()
        path.write_bytes(head + b"\n" + zlib.compress(self.weights.tobytes(), 9))


def load_model(path: Path) -> StatementModel:
    head, packed = path.read_bytes().split(b"\n", 1)
    about = json.loads(head)
    return StatementModel(
        about["floors"], about["known"], about["bias"], about["scale"], array("b", zlib.decompress(packed))
    )


@lru_cache(maxsize=1)
def get_model() -> StatementModel:
    return load_model(MODEL_PATH)
