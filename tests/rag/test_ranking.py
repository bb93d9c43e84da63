"""Which passages are looked at for their words, and that a large memory picks as a small one would."""

from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.memory import LoadedIndex
from rag.ranking import _blend_sentence_scores, _lexical_candidates

# Few different scores, and zero most often, as with words that a few passages have.
SCORES = st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.25, 0.5, 1.0]), max_size=60)


@given(SCORES, st.integers(1, 20))
def test_most_words_come_first_and_of_equal_passages_the_earlier(scores, limit):
    by_rank = sorted((place for place, score in enumerate(scores) if score), key=lambda at: (-scores[at], at))

    assert _lexical_candidates(numpy.array(scores, numpy.float32), limit) == set(by_rank[:limit])


@pytest.mark.parametrize("places", [[0, 1, 2], [1], [0, 2]])
def test_a_passage_counts_by_its_title_and_by_its_best_sentence(places):
    """Three passages; each begins with its title. The question's vector is (1, 0)."""
    likeness = [[0.2, 0.9, 0.1], [0.5, 0.4], [0.0, 0.3, 0.6, 0.7]]
    only_sentences: Any = LoadedIndex
    index = only_sentences(
        *[None] * 6,
        sentence_vectors=numpy.array([[one, 0.0] for passage in likeness for one in passage], numpy.float16),
        sentence_offsets=numpy.array([0, 3, 5, 9]),
    )
    whole = numpy.array([0.8, 0.6, 0.4])[places]

    blended = _blend_sentence_scores(index, places, numpy.array([1.0, 0.0], numpy.float32), whole)

    expected = [
        0.2 * likeness[at][0] + 0.8 * (0.6 * score + 0.4 * max(likeness[at][1:]))
        for at, score in zip(places, whole, strict=True)
    ]
    assert blended == pytest.approx(expected, abs=1e-3)
