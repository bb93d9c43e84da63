"""Sentences that people wrote for a reader to come are well formed, and each says something else."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.understanding.annotations import AnnotationError, Slot, parse_sentence, read_corpus


def test_a_sentence_says_what_it_orders():
    said = parse_sentence(
        "i'd like {+ <#two> <gins> with <+ice>} and {+ <#a> <whiskey>, hold the <-ice>} please"
    )

    assert said.text == "i'd like two gins with ice and a whiskey, hold the ice please"
    assert [group.act for group in said.groups] == ["add", "add"]
    assert said.groups[1].slots == [
        Slot("quantity", "a"),
        Slot("item", "whiskey"),
        Slot("unwanted_modifier", "ice"),
    ]


def test_what_is_corrected_in_one_breath_is_only_mentioned():
    said = parse_sentence("{x <#two> <gins>}, wait no, {+ <#three> <gins>}")

    assert [(group.act, group.slots[0].text) for group in said.groups] == [
        ("mention", "two"),
        ("add", "three"),
    ]


@pytest.mark.parametrize(
    "line, wrong",
    [
        ("{+ <#a> <gin>", "not closed"),
        ("{sing <gin>}", "no such act"),
        ("{+ <gin {- <rum>}", "within a group"),
        ("a <gin>", "outside of groups"),
        ("{+ a> gin}", "closes no slot"),
    ],
)
def test_what_is_not_written_in_the_format_is_refused_with_the_reason(line, wrong):
    with pytest.raises(AnnotationError, match=wrong):
        parse_sentence(line)


@pytest.mark.parametrize("language, least", [("en", 1_900), ("es", 1_900)])
def test_every_sentence_of_the_corpus_is_well_formed_and_stands_in_it_once(language, least):
    sentences = read_corpus(language)
    twice = [text for text, times in Counter(one.text for _, one in sentences).items() if times > 1]

    assert len(sentences) > least
    assert not [place for place, one in sentences if not one.groups]
    assert twice == []
