"""What guests talk about: each topic is well formed, and the classifier finds it or is silent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bartender.brains.rule_based.talk.answers import topic_of
from bartender.brains.rule_based.talk.classifier import WEIGHTS_PATH, topic_model
from bartender.brains.rule_based.talk.topics import LANGUAGES, read_groups, read_topics
from tests.understanding.talk.train import ACT_TOPICS, ORDER, topic_examples, topic_lines

FOLDER = Path(__file__).with_name("talk")
LONGEST_REPLY_CHARACTERS = 175
TOPICS = {key: one for key, one in read_topics().items() if not key.startswith("[")}
ACTS = {*ACT_TOPICS.values(), ORDER, "mine", "how-to-pay"}


def test_every_topic_has_short_replies_to_choose_from_in_both_languages():
    assert len(TOPICS) >= 420
    for key, topic in TOPICS.items():
        assert set(topic.replies) == set(LANGUAGES), key
        for replies in topic.replies.values():
            assert len(set(replies)) == len(replies) >= 2, key
            assert max(map(len, replies)) <= LONGEST_REPLY_CHARACTERS, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_has_examples_and_every_example_a_topic(language):
    examples = Counter(one.key for one in topic_examples(language))

    assert set(TOPICS) <= set(examples) <= set(TOPICS) | ACTS
    assert min(examples[key] for key in TOPICS) >= 4
    assert {key for key, _line in topic_lines(language)} == set(examples)


def test_the_weights_are_small_and_know_the_topics_of_the_file():
    model = topic_model()

    assert WEIGHTS_PATH.stat().st_size < 1_000_000
    assert set(TOPICS) <= set(model.names) <= set(TOPICS) | ACTS
    groups = read_groups()
    known = {name: model.group_names[at] for name, at in zip(model.names, model.group_of, strict=True)}
    assert {key: known[key] for key in TOPICS} == {key: groups[key] for key in TOPICS}


def unseen_remarks():
    for line in (FOLDER / "unseen.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            said, fitting = line[4:].split(" => ")
            yield said, fitting.split()


def test_of_remarks_that_it_was_not_taught_most_are_found_and_hardly_one_is_mistaken():
    right, wrong = [], []
    for said, fitting in unseen_remarks():
        found = topic_of(said)
        sections = {f"[{TOPICS[key].group}]" for key in fitting if key in TOPICS}
        if found in fitting or found in sections:
            right.append(said)
        elif found:
            wrong.append((said, found))

    assert len(wrong) <= 2, wrong
    assert len(right) >= 60, len(right)
