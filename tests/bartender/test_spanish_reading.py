"""What a guest says in Spanish is read by the same grammar. The yes to a bill is as narrow as in English."""

import pytest

from bartender.conversation.consent import is_not_yet, is_yes, says_not_yet
from bartender.serving.declared import age_in, allergies_in
from bartender.spanish.reading import in_english, phrases
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
    assert says_not_yet("todavía no, que mi amiga no ha terminado")
    assert says_not_yet("no hemos terminado, ponme otra")
    assert not says_not_yet("la cuenta, por favor")


@pytest.mark.parametrize(
    "said, names",
    [
        ("Soy alérgica a la leche y a los huevos", ["eggs", "milk"]),
        ("soy celíaco", ["gluten"]),
        ("tengo alergia a los frutos secos", ["nuts"]),
        ("soy intolerante a la lactosa", ["milk"]),
        ("no soy alérgico al gluten", []),
        ("¿lleva gluten?", []),
    ],
)
def test_an_allergy_is_heard(said, names):
    assert allergies_in(in_english(said, spanish=True)) == names


def test_an_age_is_heard():
    assert age_in(in_english("tengo 34 años", spanish=True).strip(), 21) == "declared"
    assert age_in(in_english("tengo 16 años", spanish=True).strip(), 21) == "refused"
    assert age_in(in_english("soy menor de edad", spanish=True), 21) == "refused"


def test_english_comes_back_as_it_was_on_whichever_page():
    """Not a letter of what guests say in English is touched, but for a Spanish hello."""
    english = [
        turn["say"] or "" for theme, one in dialogues() if "spanish" not in theme for turn in one["turns"]
    ]
    assert len(english) > 1_000
    for spanish in (False, True):
        touched = [said for said in english if in_english(said, spanish=spanish) != said]
        assert touched in ([], ["hola Maya"])


def test_a_sentence_in_the_other_language_is_read_by_itself():
    assert in_english("Two IPAs, please. Y la cuenta, por favor.", spanish=False).split() == (
        ["Two", "IPAs,", "please.", "and", "the", "bill,", "please."]
    )


def test_the_list_holds_no_phrase_twice_and_no_accents(pytestconfig):
    path = pytestconfig.rootpath / "bartender" / "spanish" / "phrases.txt"
    rows = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
    left = [row.split("=")[0].strip() for row in rows]
    assert {one for one in left if left.count(one) > 1} == set()
    assert len(phrases()) == len(rows)
    assert all(one.isascii() and one == one.lower() for one in left)
