"""Tells sentences that touch nothing from those that make a claim, and the languages that they are in.

A linear model over hashed words, their neighbours and letter n-grams, beside WordLlama's vector of the
sentence. It judges no truth: what makes a claim must be proven, in whatever words it comes. Its weights are
learned from the sentences in `tests/claim_classifier/corpus/`.
"""

from __future__ import annotations

import json
import math
import threading
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

from bartender.claim_gate.features import HASH_BITS, feature_indices, plain_forms
from rag.providers.wordllama.embedder import WordLlama

if TYPE_CHECKING:
    from bartender.menu.mentions import ItemNames

MODEL_PATH = Path(__file__).with_name("claims.bin")
VECTOR_WEIGHT = 2.0
CLAIM, OTHER_LANGUAGE, SPANISH, TAB = "claim", "other language", "spanish", "tab"
HEADS = (CLAIM, OTHER_LANGUAGE, SPANISH, TAB)
MIN_LANGUAGE_WORDS = 2


@dataclass(frozen=True)
class SentenceModel:
    """Weights of each feature for each head: signed bytes, to be multiplied by `scale`."""

    weights: numpy.ndarray  # features by heads
    vector_weights: numpy.ndarray  # dimensions by heads
    bias: Sequence[float]
    scale: float
    floors: Mapping[str, float]

    def probabilities(self, forms: Sequence[str]) -> dict[str, float]:
        found = feature_indices(forms)
        sums = self.weights[found].astype(numpy.int32).sum(0) * (self.scale / math.sqrt(len(found) or 1))
        vector = embedder().embed_documents([" ".join(forms)])[0]
        sums = sums + VECTOR_WEIGHT * (vector @ self.vector_weights) + self.bias
        shares = 1 / (1 + numpy.exp(-numpy.clip(sums, -30, 30)))
        return dict(zip(HEADS, map(float, shares), strict=True))

    def save(self, path: Path) -> None:
        about = {
            "bias": list(self.bias),
            "scale": self.scale,
            "floors": dict(self.floors),
            "vector": [[round(float(one), 5) for one in row] for row in self.vector_weights],
        }
        path.write_bytes(json.dumps(about).encode() + b"\n" + zlib.compress(self.weights.tobytes(), 9))


@cache
def embedder() -> WordLlama:
    return WordLlama()


@cache
def get_model() -> SentenceModel:
    head, packed = MODEL_PATH.read_bytes().split(b"\n", 1)
    about: dict[str, Any] = json.loads(head)
    weights = numpy.frombuffer(zlib.decompress(packed), numpy.int8).reshape(1 << HASH_BITS, len(HEADS))
    vector = numpy.array(about["vector"], numpy.float32)
    return SentenceModel(weights, vector, about["bias"], about["scale"], about["floors"])


@lru_cache(maxsize=1024)
def judge(forms: tuple[str, ...]) -> dict[str, float]:
    return get_model().probabilities(forms)


def warm_up() -> None:
    """Reads the weights on a thread beside the start of the server, so that no guest's first words wait."""
    threading.Thread(target=judge, args=[("hello",)], name="warm-claims", daemon=True).start()


def makes_claim(sentence: str, names: ItemNames) -> bool:
    """Whether it says something of orders, money, payment, allergens, strength, people fetched, time or
    stock."""
    return judge(plain_forms(sentence, names))[CLAIM] >= get_model().floors[CLAIM]


def is_about_tab(sentence: str, names: ItemNames) -> bool:
    """Whether a claim is about this guest's order or money."""
    return judge(plain_forms(sentence, names))[TAB] >= get_model().floors[TAB]


def is_foreign(sentence: str, names: ItemNames, *, is_spanish_visit: bool) -> bool:
    """Whether it is in no language of the visit: English, and Spanish on a Spanish visit."""
    letters = [char for char in sentence if char.isalpha()]
    if any(not unicodedata.name(char, "LATIN").startswith(("LATIN", "FULLWIDTH LATIN")) for char in letters):
        return True
    forms = plain_forms(sentence, names)
    if sum(form[0].isalpha() for form in forms) < MIN_LANGUAGE_WORDS:
        return False
    shares, floors = judge(forms), get_model().floors
    return shares[OTHER_LANGUAGE] >= floors[OTHER_LANGUAGE] or (
        not is_spanish_visit and shares[SPANISH] >= floors[SPANISH]
    )
