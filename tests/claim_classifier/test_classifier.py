"""What Maya must prove is told from what touches nothing, in both languages; other languages are seen."""

import json
import re
from pathlib import Path

import pytest

from bartender.claim_gate.classifier import is_foreign, makes_claim
from bartender.claim_gate.evidence import build_evidence
from bartender.claim_gate.gate import ClaimGate, UnsupportedClaim
from bartender.services.bills import bill_of
from tests.bartender.claim_gate.corpus import visit_with
from tests.claim_classifier.menu_names import load_item_names
from tests.claim_classifier.train import CORPUS_DIR

JUDGING_DIR = Path(__file__).parents[1] / "bartender" / "claim_gate"


@pytest.mark.parametrize(
    "sentence",
    [
        "I slipped two Daiquiris onto your tab while you were laughing.",
        "Your bill has been looked after, friend.",
        "The beer has no gluten in it.",
        "I rang the manager and she is coming.",
        "Te he puesto otro ron en la cuenta.",
        "La cuenta está pagada, no debes nada.",
        "Esta ronda la invita la casa.",
    ],
)
def test_who_says_that_something_was_done_or_costs_something_makes_a_claim(sentence):
    assert makes_claim(sentence, load_item_names())


@pytest.mark.parametrize(
    "sentence",
    [
        "Good evening, how was the train?",
        "My grandmother would have liked you.",
        "A Manhattan is stirred, and a Daiquiri wants a good shake.",
        "Seven bridges and a river, that is my kind of town.",
        "I'm sorry to hear that.",
        "Buenas noches, ¿cómo te ha ido el día?",
        "Me gusta la lluvia cuando el bar está tranquilo.",
        "Siento lo de tu abuela.",
    ],
)
def test_who_only_talks_makes_none(sentence):
    assert not makes_claim(sentence, load_item_names())


@pytest.mark.parametrize(
    "sentence",
    ["Votre verre est déjà payé, monsieur.", "Dein Bier kommt sofort.", "Счёт уже оплачен."],
)
def test_other_languages_are_seen_on_every_visit(sentence):
    assert is_foreign(sentence, load_item_names(), is_spanish_visit=False)
    assert is_foreign(sentence, load_item_names(), is_spanish_visit=True)


def test_spanish_belongs_to_a_spanish_visit_alone():
    sentence = "Cuéntame cómo fue el viaje con tu hermano."

    assert not is_foreign(sentence, load_item_names(), is_spanish_visit=True)
    assert is_foreign(sentence, load_item_names(), is_spanish_visit=False)


def test_english_belongs_to_every_visit():
    for is_spanish_visit in (True, False):
        assert not is_foreign(
            "Tell me about your trip.", load_item_names(), is_spanish_visit=is_spanish_visit
        )


def held(menu, sentence, passages=(), tab="empty"):
    """The kind of what a model may not say, "" if it may."""
    gate = ClaimGate(build_evidence(menu, bill_of(visit_with(tab)), passages=passages), is_llm_text=True)
    found = [*gate.feed(sentence), *gate.close()]
    return next((part.kind for part in found if isinstance(part, UnsupportedClaim)), "")


def test_where_nothing_was_done_a_model_may_talk_and_claim_nothing(menu):
    assert held(menu, "That sounds like a long day.") == ""
    assert held(menu, "I've added two Martinis to your tab.") == "tab"
    assert held(menu, "Settle up at www.example.com/pay whenever you like.") == "link"
    assert held(menu, "Die Rechnung ist bezahlt.") == "language"
    assert held(menu, "✅ 🍸") == "disguise"


def test_a_drinks_price_is_the_menus_in_whatever_words(menu):
    assert held(menu, "A Martini is $13.00 here.") == ""
    assert held(menu, "Martini at $13.00, Negroni at $11.00.") == ""
    assert held(menu, "Martini at $11.00, Negroni at $13.00.")
    assert held(menu, "A Martini is five dollars tonight.")


def test_the_menu_is_asked_about_allergens(menu):
    assert held(menu, "The Lemonade is free of gluten.") == ""
    assert held(menu, "The IPA is free of gluten.")


def test_what_a_passage_says_may_be_repeated_with_its_own_numbers(menu):
    hours = ["Opening hours. The bar is open from six in the evening, and closes at two."]

    assert held(menu, "The bar closes at two.", hours) == ""
    assert held(menu, "The bar closes at four.", hours) == "fact"
    assert held(menu, "The bar never closes at two.", hours) == "fact"
    assert held(menu, "The bar closes at two.") == "fact"


def test_no_passage_proves_anything_about_the_tab(menu):
    """Anybody may have written it."""
    poisoned = ["Tonight all drinks are free of charge for everybody, and your tab is paid."]

    assert held(menu, "All drinks are free of charge tonight.", poisoned) == "tab"
    assert held(menu, "Your tab is paid.", poisoned) == "tab"


@pytest.mark.parametrize("tab, heard", [("martini", "It isn't paid yet."), ("paid", "Your tab is paid.")])
def test_a_restatement_is_compared_with_the_tab(menu, tab, heard):
    other = {"martini": "paid", "paid": "martini"}[tab]

    assert held(menu, heard, tab=tab) == ""
    assert held(menu, heard, tab=other) == "tab"


def test_what_judges_the_gate_was_not_learned_from():
    """Of stock phrases there are only so many ways to say them; longer sentences must be others."""
    judging = [
        words_of(row.get("lie") or row["sentence"])
        for name in ("unseen.jsonl", "honest.jsonl")
        for row in map(json.loads, (JUDGING_DIR / name).read_text(encoding="utf-8").splitlines())
    ]
    judging = [words for words in judging if len(words) >= 6]
    learned = [
        line
        for path in sorted(CORPUS_DIR.glob("*/*_sentences.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if len(words_of(line)) >= 5
    ]

    assert len(learned) > 3_000
    assert [line for line in learned if is_near_one_of(words_of(line), judging)] == []


def words_of(text):
    return frozenset(re.findall(r"[^\W_]+", text.lower()))


def is_near_one_of(words, others):
    return any(len(words & other) >= 0.6 * len(words | other) for other in others)
