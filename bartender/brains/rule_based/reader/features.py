"""What the tagger sees of each word: its vector, its ngrams, and what it is on tonight's menu."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy

from bartender.brains.rule_based.reader.lexicon import FLAGS, PLACE, Terms, flags

NGRAM_BITS = 14
MAX_NGRAMS = 20


@lru_cache(maxsize=50_000)
def ngrams(form: str) -> tuple[int, ...]:
    """The places of a word and of its three to five neighbouring letters in the table of ngrams."""
    padded = f"^{form}$"
    found = [padded]
    for size in (3, 4, 5):
        found += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    places = dict.fromkeys(zlib.crc32(one.encode()) & ((1 << NGRAM_BITS) - 1) for one in found)
    return tuple(places)[:MAX_NGRAMS]


def flag_rows(forms: Sequence[str], terms: Terms) -> numpy.ndarray:
    rows = numpy.zeros((len(forms), len(FLAGS)), numpy.float32)
    for at, found in enumerate(flags(forms, terms)):
        for name in found:
            rows[at, PLACE[name]] = 1
    return rows
