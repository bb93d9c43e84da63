"""Our own order of what was found: near in meaning, and having the question's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rag.memory import Loaded
    from rag.providers.base import Hit, Vectors

    Nearest = Callable[[Vectors, int], list[Hit]]

CANDIDATES = 100
TITLE_WEIGHS, SENTENCE_WEIGHS = 0.2, 0.4


@dataclass(frozen=True)
class Ranked:
    place: int
    score: float


def ranked(
    question: str, loaded: Loaded, nearest: Callable[[Vectors, int], list[Hit]], most: int
) -> list[Ranked]:
    """Best first, and only what has something to do with the question."""
    heard, embedder = loaded.words.hear(question), loaded.embedder
    vector = embedder.embed_queries([heard.text])[0]
    near = dict(nearest(vector, max(CANDIDATES, most)))
    if not near:
        return []
    lexical = loaded.words.scores(heard) / loaded.words.weight(heard)
    farthest = min(near.values())
    places = sorted(near.keys() | _wordy(lexical, CANDIDATES))
    meant = _by_parts(loaded, places, vector, numpy.array([near.get(place, farthest) for place in places]))
    scores = meant + embedder.words_weigh * lexical[places]
    best = numpy.argsort(-scores, kind="stable")[:most]
    # The floor is for the question: where the best has nothing to do with it, nothing has.
    if scores[best[0]] < embedder.floor:
        return []
    return [Ranked(places[at], float(scores[at])) for at in best]


def _by_parts(loaded: Loaded, places: list[int], vector: Vectors, whole: NDArray[Any]) -> NDArray[Any]:
    """How near the passage is as a whole, by its title, and by the one sentence that fits best."""
    if loaded.parts is None or loaded.starts is None:
        return whole
    spans = [range(loaded.starts[place], loaded.starts[place + 1]) for place in places]
    sizes = numpy.array([len(span) for span in spans])
    rows = numpy.concatenate([numpy.asarray(span) for span in spans])
    found = loaded.parts[rows].astype(numpy.float32) @ vector
    first = numpy.concatenate([[0], numpy.cumsum(sizes)[:-1]])
    titles = found[first]
    found[first] = -1.0  # the title is no sentence
    sentences = numpy.maximum.reduceat(found, first)
    said = (1 - SENTENCE_WEIGHS) * whole + SENTENCE_WEIGHS * sentences
    blended: NDArray[Any] = (1 - TITLE_WEIGHS) * said + TITLE_WEIGHS * titles
    return blended


def _wordy(lexical: NDArray[numpy.float32], most: int) -> set[int]:
    """The passages that have most of the question's words."""
    best = numpy.argpartition(lexical, -most)[-most:] if len(lexical) > most else range(len(lexical))
    return {int(place) for place in best if lexical[place] > 0}
