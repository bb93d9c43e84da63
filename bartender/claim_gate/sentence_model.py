"""The claim classifier's weights. A module of its own: numpy and the vectors are loaded at the first use."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from bartender.brains.rule_based.reader.tagger import embedder
from bartender.claim_gate.features import HASH_BITS, feature_indices

MODEL_PATH = Path(__file__).with_name("claims.bin")
VECTOR_WEIGHT = 2.0
CLAIM, OTHER_LANGUAGE, SPANISH, TAB = "claim", "other language", "spanish", "tab"
HEADS = (CLAIM, OTHER_LANGUAGE, SPANISH, TAB)


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


def load_model() -> SentenceModel:
    head, packed = MODEL_PATH.read_bytes().split(b"\n", 1)
    about: dict[str, Any] = json.loads(head)
    weights = numpy.frombuffer(zlib.decompress(packed), numpy.int8).reshape(1 << HASH_BITS, len(HEADS))
    vector = numpy.array(about["vector"], numpy.float32)
    return SentenceModel(weights, vector, about["bias"], about["scale"], about["floors"])
