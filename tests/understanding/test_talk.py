"""What guests talk about, and what she could answer: each topic is well formed, and in both languages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("talk")
LONGEST_REPLY_CHARACTERS = 160


def topics(language):
    """By its key the examples and the replies of each topic."""
    found = {}
    for line in (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        key, _, rest = line.partition(":")
        examples, _, replies = rest.partition("||")
        assert key not in found
        found[key] = [[one.strip() for one in part.split("|")] for part in (examples, replies)]
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_topic_has_examples_of_its_own_and_more_than_one_short_reply(language):
    found = topics(language)
    said = Counter(example.lower() for examples, _replies in found.values() for example in examples)

    assert len(found) >= 420
    assert [one for one, times in said.items() if times > 1] == []
    for key, (examples, replies) in found.items():
        assert len(examples) >= 5, key
        assert len(replies) >= 2, key
        assert max(map(len, replies)) <= LONGEST_REPLY_CHARACTERS, key


def test_both_languages_know_the_same_topics():
    assert topics("en").keys() == topics("es").keys()
