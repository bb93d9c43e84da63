"""What the learned tagger stands on: labels stay with their words, new menus are read."""

from __future__ import annotations

import random

import pytest

from bartender.brains.rule_based.reader.lexicon import Terms, flags
from bartender.brains.rule_based.reader.tagger import Tagger
from bartender.brains.rule_based.reader.tokens import tokenize
from tests.understanding.annotations import parse_sentence
from tests.understanding.reader.examples import meaning, parse_example, read_examples, text_of
from tests.understanding.reader.noise import vary

LINE = "could i have {+ <#two> <dirty martinis> for <@Kate>} and {+ <#a> <gin>, hold the <-ice>} please"
TONIGHT = Terms({"item": ["Zorblatt", "Gin", "Old Fashioned"], "modifier": ["on fire", "on the rocks"]})


@pytest.fixture(scope="module")
def tagger():
    return Tagger()


def read(tagger, text):
    _tokens, groups = tagger.tag(text, TONIGHT)
    return [(group.act, [(slot.kind, slot.text) for slot in group.slots]) for group in groups]


def test_an_example_means_what_its_annotation_says():
    said = parse_sentence(LINE)
    example = parse_example(LINE)

    assert text_of(example) == said.text
    assert meaning(example) == [
        (group.act, [(slot.kind, slot.text.lower()) for slot in group.slots]) for group in said.groups
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_whatever_is_done_to_a_sentence_its_drinks_keep_their_labels(language):
    chance, examples = random.Random(5), read_examples(language)
    for example in chance.sample(examples, 300):
        varied, _made_up = vary(example, language, chance, examples)
        for act, slots in meaning(varied):
            assert act
            assert all(text for _kind, text in slots)


def test_a_name_of_tonights_menu_is_seen_also_where_it_is_misspelt():
    found = flags([token.form for token in tokenize("two zorblatts and an old fashoned")], TONIGHT)

    assert found[1] == {"item", "plural"}
    assert "near_item" in found[4]
    assert "near_item_inside" in found[5]


def test_a_drink_and_a_modifier_that_training_never_saw_are_read(tagger):
    assert read(tagger, "i'll have three zorblatts on fire, and a gin without ice please") == [
        ("add", [("quantity", "three"), ("item", "zorblatts"), ("modifier", "on fire")]),
        ("add", [("quantity", "a"), ("item", "gin"), ("unwanted_modifier", "ice")]),
    ]


def test_of_what_is_corrected_in_one_breath_the_last_counts(tagger):
    acts = read(tagger, "two gins, no wait, three gins")

    assert [act for act, _slots in acts] == ["mention", "add"]
    assert acts[1][1] == [("quantity", "three"), ("item", "gins")]
