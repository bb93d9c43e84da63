"""What Maya must prove is told from what touches nothing, in both languages; other languages are seen."""

import pytest

from bartender.claim_gate.evidence import Evidence
from tests.claim_classifier.classifier import is_foreign, makes_claim
from tests.claim_classifier.menu_names import load_item_names
from tests.claim_classifier.model_sentences import held_kind, passage_words


@pytest.mark.parametrize(
    "sentence",
    [
        "I slipped two Daiquiris onto your tab while you were laughing.",
        "Your bill has been looked after, friend.",
        "Tonight a Negroni is only four dollars.",
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


def held(sentence, passages=()):
    return held_kind(sentence, Evidence(), load_item_names(), passages, is_spanish=False)


def test_where_nothing_was_done_a_model_may_talk_and_claim_nothing():
    assert held("That sounds like a long day.") == ""
    assert held("I've added two Martinis to your tab.") == "claim"
    assert held("A Martini is five dollars tonight.") == "amount"
    assert held("Settle up at www.example.com/pay whenever you like.") == "link"
    assert held("Die Rechnung ist bezahlt.") == "language"


def test_what_a_passage_says_may_be_repeated_with_its_own_numbers():
    passages = [passage_words("Opening hours. The bar is open from six in the evening, and closes at two.")]

    assert held("The bar closes at two.", passages) == ""
    assert held("The bar closes at four.", passages) == "claim"
