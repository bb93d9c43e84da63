"""The decision table of allergens, on the house's own menu: has it, free of it, nobody knows."""

from dataclasses import replace

import pytest

from bartender.menu.composition import Recipe
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.safety.serving_rules import find_allergen_warning, recommendable_drinks, safe_drinks

CONTAINS, UNKNOWN, FREE = "contains", "unknown", "free"
# drink, what the guest must not have, what is found
TABLE = [
    *(("Water", name, FREE) for name in ALLERGEN_NAMES),
    *(("Daiquiri", name, UNKNOWN) for name in ALLERGEN_NAMES),
    *(("Tap Beer", name, CONTAINS if name == "gluten" else UNKNOWN) for name in ALLERGEN_NAMES),
    *(("Martini", name, CONTAINS if name == "sulphites" else UNKNOWN) for name in ALLERGEN_NAMES),
    *(
        ("Lemonade", name, FREE if name in ("gluten", "milk", "eggs", "nuts", "peanuts", "soya") else UNKNOWN)
        for name in ALLERGEN_NAMES
    ),
    ("IPA", "gluten", CONTAINS),
    ("Classic Brew", "gluten", CONTAINS),
    ("Negroni", "sulphites", CONTAINS),
    ("Manhattan", "sulphites", CONTAINS),
    ("Whiskey", "gluten", UNKNOWN),
    ("Soda", "nuts", FREE),
    ("Iced Tea", "sesame", UNKNOWN),
]


def soda_with(menu, state):
    """The bar's soda, of whose water somebody wrote down this of nuts."""
    soda = menu.find_drink("Soda")
    water = replace(
        soda.recipe[0], ingredient=replace(soda.recipe[0].ingredient, allergens=(("nuts", state),))
    )
    return replace(soda, made_by=Recipe((water,)))


def test_the_table_is_long_enough_to_mean_something():
    assert len(TABLE) >= 60


@pytest.mark.parametrize("drink, name, found", TABLE)
def test_what_is_known_of_an_allergen(menu, drink, name, found):
    facts = find_allergen_warning(menu.find_drink(drink), [name])

    assert facts.contains == ((name,) if found == CONTAINS else ())
    assert facts.unknown == ((name,) if found == UNKNOWN else ())
    assert bool(facts) is (found != FREE)


def test_one_of_several_is_enough(menu):
    facts = find_allergen_warning(menu.find_drink("Negroni"), ["nuts", "sulphites"])

    assert (facts.contains, facts.unknown) == (("sulphites",), ("nuts",))


def test_what_may_contain_it_counts_as_containing_it(menu):
    drink = soda_with(menu, "may_contain")

    assert find_allergen_warning(drink, ["nuts"]).contains == ("nuts",)


def test_a_fact_that_says_unknown_is_unknown(menu):
    drink = soda_with(menu, "unknown")

    assert find_allergen_warning(drink, ["nuts"]).unknown == ("nuts",)


def test_nobody_s_allergies_are_nobody_s_business(menu):
    assert not any(find_allergen_warning(drink, []) for drink in menu.drinks)


def test_what_is_suggested_is_what_would_be_served(menu):
    assert [drink.name for drink in safe_drinks(menu.drinks, ["nuts"])] == [
        "Water",
        "Iced Tea",
        "Lemonade",
        "Soda",
    ]
    assert not any(
        drink.is_alcoholic for drink in recommendable_drinks(menu.drinks, [], exclude_alcohol=True)
    )
    assert any(drink.is_alcoholic for drink in recommendable_drinks(menu.drinks, [], exclude_alcohol=False))


def test_what_is_sold_out_is_not_suggested(menu):
    out = [replace(drink, available=False) for drink in menu.drinks]

    assert safe_drinks(out, []) == []
