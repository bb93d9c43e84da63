"""Orders what was found, by nearness in meaning and by the question's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rag.memory import LoadedIndex
    from rag.providers.base import Hit, Vectors

MAX_CANDIDATES = 100
TITLE_WEIGHT, SENTENCE_WEIGHT = 0.2, 0.4


@dataclass(frozen=True)
class RankedPassage:
    place: int
    score: float


def rank_passages(
    question: str, loaded: LoadedIndex, nearest: Callable[[Vectors, int], list[Hit]], limit: int
) -> list[RankedPassage]:
    """The passages that have something to do with the question, best first."""
    corrected, embedder = loaded.bm25.correct_query(question), loaded.embedder
    vector = embedder.embed_queries([corrected.text])[0]
    near = dict(nearest(vector, max(MAX_CANDIDATES, limit)))
    if not near:
        return []
    lexical = loaded.bm25.scores(corrected) / loaded.bm25.max_score(corrected)
    farthest = min(near.values())
    places = sorted(near.keys() | _lexical_candidates(lexical, MAX_CANDIDATES))
    meant = _blend_sentence_scores(
        loaded, places, vector, numpy.array([near.get(place, farthest) for place in places])
    )
    scores = meant + embedder.lexical_weight * lexical[places]
    best = numpy.argsort(-scores, kind="stable")[:limit]
    # The floor is for the question: where the best has nothing to do with it, nothing has.
    if scores[best[0]] < embedder.min_score:
        return []
    return [RankedPassage(places[at], float(scores[at])) for at in best]


def _blend_sentence_scores(
    loaded: LoadedIndex, places: list[int], vector: Vectors, passage_scores: NDArray[Any]
) -> NDArray[Any]:
    """How near the passage is as a whole, by its title, and by the one sentence that fits best."""
    if loaded.sentence_vectors is None or loaded.sentence_offsets is None:
        return passage_scores
    starts = loaded.sentence_offsets[places]
    sizes = loaded.sentence_offsets[numpy.add(places, 1)] - starts
    first = numpy.cumsum(sizes) - sizes  # of each passage, among all rows that are looked at
    rows = numpy.arange(sizes.sum()) + numpy.repeat(starts - first, sizes)
    found = loaded.sentence_vectors[rows].astype(numpy.float32) @ vector
    titles = found[first]
    found[first] = -1.0  # the title is no sentence
    sentences = numpy.maximum.reduceat(found, first)
    said = (1 - SENTENCE_WEIGHT) * passage_scores + SENTENCE_WEIGHT * sentences
    blended: NDArray[Any] = (1 - TITLE_WEIGHT) * said + TITLE_WEIGHT * titles
    return blended


def _lexical_candidates(lexical: NDArray[numpy.float32], limit: int) -> set[int]:
    """The passages that have most of the question's words; of equal ones the first.

    Only those that have any word are sorted: most passages have none, and sorting a hundred thousand zeros
    took longer than all the rest of a question.
    """
    (having,) = numpy.nonzero(lexical)
    if len(having) > limit:
        weights = lexical[having]
        least = numpy.partition(weights, -limit)[-limit]
        surely = having[weights > least]
        equal = having[weights == least][: limit - len(surely)]
        having = numpy.concatenate([surely, equal])
    return set(having.tolist())
