"""What a guest's sentence states, in both languages: heard where it is meant, and not where it is a joke."""

import pytest

from bartender.menu.snapshot import current_menu
from bartender.safety.ages import find_ages
from bartender.safety.features import tokenize_statement
from bartender.safety.statements import StatementKind, drink_names, extract_statements


@pytest.fixture
def read(menu):
    def run(said):
        return extract_statements(said, current_menu())

    return run


@pytest.mark.parametrize(
    "said, kind",
    [
        ("I'm 17", StatementKind.MINOR_SELF),
        ("I'm 16, can I have a beer, the IPA", StatementKind.MINOR_SELF),
        ("we're both sixteen, two lagers", StatementKind.MINOR_SELF),
        ("I'm 20, a whiskey", StatementKind.MINOR_SELF),
        ("I turn 21 next year, one whiskey", StatementKind.MINOR_SELF),
        ("I'm not 21 yet", StatementKind.MINOR_SELF),
        ("I'm underage", StatementKind.MINOR_SELF),
        ("tengo 16 años, ponme una IPA", StatementKind.MINOR_SELF),
        ("tengo dieciséis", StatementKind.MINOR_SELF),
        ("my son is 14, he wants a beer", StatementKind.MINOR_OTHER),
        ("it's for my little brother, he's twelve, one tap beer", StatementKind.MINOR_OTHER),
        ("mi hijo tiene 14 y quiere una cerveza", StatementKind.MINOR_OTHER),
        ("I'm pregnant, what can I have", StatementKind.PREGNANCY),
        ("estoy embarazada", StatementKind.PREGNANCY),
        ("I'm driving, one beer", StatementKind.DRIVING),
        ("hoy conduzco yo", StatementKind.DRIVING),
        ("I'm on antibiotics, can I have a beer", StatementKind.MEDICINE),
        ("I'm so drunk I can't see, another whiskey", StatementKind.HAD_ENOUGH),
        ("estoy muy borracha", StatementKind.HAD_ENOUGH),
        ("I'd better not have another whiskey", StatementKind.REFUSAL),
        ("I shouldn't have another gin", StatementKind.REFUSAL),
        ("I don't want it anymore", StatementKind.REFUSAL),
        ("mejor no me tomo otro ron", StatementKind.REFUSAL),
        ("help", StatementKind.HUMAN),
        ("agent", StatementKind.HUMAN),
        ("I want to talk to a human", StatementKind.HUMAN),
        ("quiero hablar con una persona", StatementKind.HUMAN),
        ("someone is bothering me", StatementKind.HARASSMENT),
        ("put something in her drink", StatementKind.HARASSMENT),
        ("alguien me está molestando", StatementKind.HARASSMENT),
        ("you charged me twice", StatementKind.COMPLAINT),
        ("I got only one", StatementKind.COMPLAINT),
        ("my drink is warm", StatementKind.COMPLAINT),
        ("this is wrong", StatementKind.COMPLAINT),
        ("I want my money back", StatementKind.COMPLAINT),
        ("are you a bot", StatementKind.BOT_QUESTION),
        ("I'm talking to a real person, right?", StatementKind.BOT_QUESTION),
        ("¿eres una persona de verdad?", StatementKind.BOT_QUESTION),
    ],
)
def test_a_statement_is_heard(read, said, kind):
    assert kind in read(said).kinds


@pytest.mark.parametrize(
    "said",
    [
        "help me choose",
        "call me crazy",
        "my son turned 30",
        "a 12 year old whiskey, please",
        "two IPAs and a martini, dry",
        "we are 16 people at table 7",
        "not a martini, a manhattan",
        "no ice, please",
        "another round",
        "I'm allergic to Mondays",
        "are there nuts in the Negroni?",
        "I'm not allergic to anything",
        "No allergies here",
        "nobody is allergic to nuts",
        "What is fine for people allergic to nuts?",
        "What if I was allergic to eggs?",
        "no soy alérgico al gluten",
        "¿lleva gluten?",
        "ponme otra",
        "sin hielo",
        "mi hijo tiene 30 años",
    ],
)
def test_nothing_is_heard_where_nothing_is_stated(read, said):
    assert read(said).kinds == frozenset()


@pytest.mark.parametrize(
    "said, names",
    [
        ("I'm allergic to nuts", ("nuts",)),
        ("I’m allergic to peanuts.", ("peanuts",)),
        ("im allergic to eggs", ("eggs",)),
        ("I am severely allergic to shellfish!", ("crustaceans",)),
        ("My wife is allergic to eggs and milk", ("eggs", "milk")),
        ("I have a nut allergy, what can I drink?", ("nuts",)),
        ("I'm lactose intolerant", ("milk",)),
        ("I'm coeliac", ("gluten",)),
        ("I can't have gluten", ("gluten",)),
        ("Two beers please. I'm allergic to nuts.", ("nuts",)),
        ("Soy alérgica a la leche y a los huevos", ("eggs", "milk")),
        ("tengo alergia a los frutos secos", ("nuts",)),
        ("soy celíaco", ("gluten",)),
        ("no puedo tomar nada con leche", ("milk",)),
        ("I'm allergic to strawberries", ()),
    ],
)
def test_an_allergy_is_heard_by_the_menu_s_names(read, said, names):
    stated = read(said)

    assert StatementKind.ALLERGY in stated.kinds
    assert stated.allergens == names


@pytest.mark.parametrize(
    "said, of_age",
    [
        ("I'm 34", True),
        ("I am over 21", True),
        ("Yes, I'm over 21", True),
        ("We're both of age", True),
        ("soy mayor de edad", True),
        ("I'm 34, a whiskey", True),
        ("I'm over 18", False),  # true of somebody of nineteen, too
        ("I'm 300", False),
        ("21", False),
        ("my son is 34", False),
        ("I'll have 34", False),
    ],
)
def test_an_adult_s_age_is_heard(read, said, of_age):
    stated = read(said)

    assert stated.states_legal_age is of_age
    assert StatementKind.MINOR_SELF not in stated.kinds


def test_an_age_is_no_quantity(read):
    assert read("I'm 34, a whiskey").text.split() == [",", "a", "whiskey"]
    assert read("two IPAs").text == "two IPAs"
    assert read("I'm 34").text == "I'm 34"


@pytest.mark.parametrize(
    "said, found",
    [
        ("I'm twenty one", [("self", 21)]),
        ("tengo treinta y dos años", [("self", 32)]),
        ("cumplo 21 en mayo, yo cumplo 21 en mayo", [("self", 20), ("self", 20)]),
        ("cumplo 16 mañana, ponme una cerveza", [("self", 15)]),
        ("mañana cumplo 17", [("self", 16)]),
        ("hoy cumplo dieciséis", [("self", 16)]),
        ("I turn 16 tomorrow, an IPA", [("self", 15)]),
        ("I'm 12 beers in", []),
        ("can i have 2 manhattens", []),
        ("we are 12, do you have room", []),
        ("we're both 16, two lagers", [("self", 16)]),
        ("tenemos 17 los dos", [("self", 17)]),
        ("I'm 16 minutes late", []),
        ("I was 16 when I had my first gin", []),
        ("my 15-year-old wants a beer", [("other", 15)]),
        ("mi hermano de quince años quiere un ron", [("other", 15)]),
    ],
)
def test_ages_are_told_from_counts(menu, said, found):
    words = tokenize_statement(said, drink_names(current_menu()))

    assert [(age.person, age.years) for age in find_ages(words)] == found


def test_only_the_refused_drink_is_refused(read):
    stated = read("no more whiskey for me. A water please.")

    assert StatementKind.REFUSAL in stated.kinds
    assert stated.refused_drinks == {"Whiskey"}


def test_a_new_drink_needs_no_new_training(read, menu):
    from bartender.menu.snapshot import mark_menu_changed
    from bartender.models.menu import MenuItem

    gin = MenuItem.objects.get(name="Gin")
    gin.name = "Zarzaparrilla Fuerte"
    gin.save()
    mark_menu_changed()

    stated = read("I'd better not have another zarzaparrilla fuerte")

    assert stated.refused_drinks == {"Zarzaparrilla Fuerte"}


def test_absurd_words_are_read_in_time(read):
    for said in (
        "",
        "   ",
        "?!",
        "🍸" * 50,
        "a" * 4_000,
        "no " * 1_300,
        "I'm 99999999999999999999",
        "ß" * 900,
    ):
        assert read(said).text == said
