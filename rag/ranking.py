"""Our own order of what was found: near in meaning, and having the question's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rag.memory import Loaded
    from rag.providers.base import Hit, Vectors

CANDIDATES = 100
WORDS_WEIGH = 0.35


@dataclass(frozen=True)
class Ranked:
    place: int
    score: float


def ranked(
    question: str, loaded: Loaded, nearest: Callable[[Vectors, int], list[Hit]], most: int
) -> list[Ranked]:
    """Best first, and only what has something to do with the question."""
    heard = loaded.words.hear(question)
    vector = loaded.embedder.embed_queries([heard.text])[0]
    near = dict(nearest(vector, max(CANDIDATES, most)))
    if not near:
        return []
    lexical = loaded.words.scores(heard) / loaded.words.weight(heard)
    farthest = min(near.values())
    places = near.keys() | _wordy(lexical, CANDIDATES)
    scores = {place: near.get(place, farthest) + WORDS_WEIGH * float(lexical[place]) for place in places}
    best = sorted(scores, key=lambda place: (-scores[place], place))[:most]
    return [Ranked(place, scores[place]) for place in best if scores[place] >= loaded.embedder.floor]


def _wordy(lexical: NDArray[numpy.float32], most: int) -> set[int]:
    """The passages that have most of the question's words."""
    best = numpy.argpartition(lexical, -most)[-most:] if len(lexical) > most else range(len(lexical))
    return {int(place) for place in best if lexical[place] > 0}
