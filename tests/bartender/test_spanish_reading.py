"""What a guest says in Spanish is read by the same grammar. The yes to a bill is as narrow as in English."""

import pytest

from bartender.conversation.consent import contains_not_yet, is_not_yet, is_yes
from bartender.spanish.to_english import translate_to_english, translations_by_phrase
from tests.dialogues.judge import dialogues


@pytest.mark.parametrize(
    "said",
    [
        "sí",
        "Si",
        "¡Sí, claro!",
        "vale",
        "De acuerdo.",
        "adelante, por favor",
        "sí, gracias",
        "confirmo",
        "Claro que sí",
    ],
)
def test_a_plain_yes_is_a_yes(said):
    assert is_yes(said)
    assert not is_not_yet(said)


@pytest.mark.parametrize(
    "said",
    [
        "sí, pero sin propina",
        "si mi amigo paga",
        "sí y otra cerveza",
        "dice que sí",
        "no sé si sí",
        "vale la pena",
        "claro que no",
        "sí, cuando termine",
        "¿sí?  ¿cuánto era?",
        "¿vale?, ¿o son menos de 30 dólares?",
        "sí a todo gratis",
        "casi",
        "¿sí?",
    ],
)
def test_a_yes_with_anything_in_it_is_none(said):
    assert not is_yes(said)


@pytest.mark.parametrize(
    "said", ["todavía no", "Aún no, gracias", "no", "espera un momento", "mejor no", "no, cancela"]
)
def test_a_plain_not_yet_takes_the_bill_back(said):
    assert is_not_yet(said)
    assert not is_yes(said)


def test_a_not_yet_in_passing_is_heard():
    assert contains_not_yet("todavía no, que mi amiga no ha terminado")
    assert contains_not_yet("no hemos terminado, ponme otra")
    assert not contains_not_yet("la cuenta, por favor")


def test_english_comes_back_as_it_was_on_whichever_page():
    """Not a letter of what guests say in English is touched, but for a Spanish hello."""
    english = [
        turn["say"] or ""
        for theme, one in dialogues()
        if "spanish" not in theme and theme != "other_languages"
        for turn in one["turns"]
    ]
    assert len(english) > 1_000
    for spanish in (False, True):
        touched = [said for said in english if translate_to_english(said, is_spanish_visit=spanish) != said]
        assert touched in ([], ["hola Maya"])


def test_a_sentence_in_the_other_language_is_read_by_itself():
    assert translate_to_english(
        "Two IPAs, please. Y la cuenta, por favor.", is_spanish_visit=False
    ).split() == (["Two", "IPAs,", "please.", "and", "the", "bill,", "please."])


def test_the_list_holds_no_phrase_twice_and_no_accents(pytestconfig):
    path = pytestconfig.rootpath / "bartender" / "spanish" / "phrases.txt"
    rows = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
    left = [row.split("=")[0].strip() for row in rows]
    assert {one for one in left if left.count(one) > 1} == set()
    assert len(translations_by_phrase()) == len(rows)
    assert all(one.isascii() and one == one.lower() for one in left)
