"""What a remark is about: a linear model over its words, their neighbours, their letters and its word vectors.

`python -m tests.understanding.talk.train` learns the weights. Pure: the same words give the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy

from bartender.brains.rule_based.reader.tagger import embedder
from bartender.brains.rule_based.reader.tokens import fold

WEIGHTS_PATH = Path(__file__).with_name("topics.npz")
HASH_BITS = 13
VECTOR_SHARE = 1.3  # of the sentence's vector beside the words themselves
MAX_CHARACTERS = 300
ORDER = "order"
ACTS_GROUP = "acts"  # of what is no talk: orders, paying, waiting
_WORD = re.compile(r"\d+|[^\W\d_]+|\?")

Array = numpy.ndarray


@dataclass(frozen=True)
class Topic:
    """`key` is a line of topics.txt or an act, `group` the section that it stands in; both with a probability."""

    key: str
    probability: float
    group: str
    group_probability: float


def words_of(text: str, most: int = MAX_CHARACTERS) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(text[:most]).replace("'", "")))


def feature_names(words: Sequence[str]) -> Iterator[str]:
    line = ["<", *words, ">"]
    for at, word in enumerate(words, 1):
        yield word
        yield f"{line[at - 1]} {word}"
        yield f"{line[at - 1]} _ {line[at + 1]}"
        marked = f"<{word}>"
        for size in (3, 4, 5):
            yield from ("#" + marked[at : at + size] for at in range(len(marked) - size + 1))


def feature_rows(words: Sequence[str]) -> list[int]:
    mask = (1 << HASH_BITS) - 1
    return sorted({crc32(name.encode()) & mask for name in feature_names(words)})


@lru_cache(maxsize=20_000)
def word_vector(word: str) -> Array:
    found: Array = embedder().embed_documents([word])[0]
    return found


def sentence_vector(words: Sequence[str], weights: dict[str, float]) -> Array:
    """The mean of the words' vectors, where frequent words count little. Of length one, or zero."""
    total = numpy.zeros_like(word_vector("a"))
    for word in words:
        total += weights.get(word, 1.0) * word_vector(word)
    found: Array = total / max(float(numpy.linalg.norm(total)), 1e-9)
    return found


def features(words: Sequence[str], idf: Array, weights: dict[str, float]) -> tuple[list[int], Array, Array]:
    """The hashed features' rows and their values, of length one together, and the vector."""
    rows = feature_rows(words)
    values = idf[rows]
    values = values / max(float(numpy.linalg.norm(values)), 1e-9)
    return rows, values, VECTOR_SHARE * sentence_vector(words, weights)


class TopicModel:
    def __init__(self, path: Path = WEIGHTS_PATH) -> None:
        with numpy.load(path) as file:
            found: dict[str, Any] = {name: file[name] for name in file.files}
        self.idf = found["idf"].astype(numpy.float32)
        self.rows = found["rows"].astype(numpy.float32) * found["rows_scale"]
        self.vector = found["vector"].astype(numpy.float32)
        self.out = found["out"].astype(numpy.float32)
        self.bias = found["bias"].astype(numpy.float32)
        self.sharpness = float(found["sharpness"])
        self.names = [str(name) for name in found["names"]]
        groups = [str(name) for name in found["groups"]]
        self.group_names = sorted(set(groups))
        self.group_of = numpy.array([self.group_names.index(name) for name in groups])
        self.weights = dict(zip(map(str, found["words"]), map(float, found["word_weights"]), strict=True))

    def probabilities(self, text: str) -> Array:
        rows, values, vector = features(words_of(text), self.idf, self.weights)
        hidden = values @ self.rows[rows] + vector @ self.vector
        scores = self.sharpness * (hidden @ self.out + self.bias)
        shares: Array = numpy.exp(scores - scores.max())
        return shares / shares.sum()


@cache
def topic_model() -> TopicModel:
    return TopicModel()


@lru_cache(maxsize=1024)
def _shares_of(text: str) -> Array:
    """A turn asks several things of the same words, and once more after its tools."""
    return topic_model().probabilities(text)


def probability_of(key: str, text: str) -> float:
    return float(_shares_of(text)[topic_model().names.index(key)])


@lru_cache(maxsize=1024)
def classify(text: str) -> Topic:
    model, shares = topic_model(), _shares_of(text)
    by_group = numpy.bincount(model.group_of, shares)
    best, group = int(numpy.argmax(shares)), int(numpy.argmax(by_group))
    return Topic(model.names[best], float(shares[best]), model.group_names[group], float(by_group[group]))
