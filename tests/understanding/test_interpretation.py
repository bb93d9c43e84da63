"""From what the tagger found to what is done, on the menu of tonight."""

from __future__ import annotations

import pytest

from bartender.brains.rule_based.intents import AddMore, Order, Remove, Swap
from bartender.brains.rule_based.reader import interpretation
from bartender.brains.rule_based.reader.interpretation import Interpretation, interpret


@pytest.fixture
def read(menu):
    def read(text: str, *on_tab: str, is_spanish_visit: bool = False) -> Interpretation:
        return interpret(text, menu, on_tab=on_tab, is_spanish_visit=is_spanish_visit)

    return read


def ordered(found: Interpretation) -> list[tuple[str, int, tuple[str, ...]]]:
    drinks = [drink for one in found.intents if isinstance(one, Order) for drink in one.drinks]
    return [(drink.item, drink.quantity, drink.modifiers) for drink in drinks]


def test_the_shares_of_a_round_are_lines_of_their_own(read):
    assert ordered(read("seven gins: three neat, the rest on the rocks")) == [
        ("Gin", 3, ("neat",)),
        ("Gin", 4, ("on the rocks",)),
    ]


def test_two_names_of_one_drink_are_one_drink(read):
    assert ordered(read("please give me two beer IPA")) == [("IPA", 2, ())]
    assert ordered(read("five shots of tequila")) == [("Tequila", 5, ())]
    assert ordered(read("two beers, the IPA ones")) == [("IPA", 2, ())]


def test_a_drink_said_again_with_its_number_is_ordered_once(read):
    assert ordered(read("I'll get the IPA, I always get the IPA")) == [("IPA", 1, ())]
    assert ordered(read("tequila tequila tequila")) == [("Tequila", 1, ())] * 3


def test_the_beer_is_the_one_that_the_tab_has(read):
    (taken,) = read("take the beer off", "Soda", "IPA", "Gin").intents

    assert isinstance(taken, Remove)
    assert taken.drink.item == "IPA"


def test_a_beer_that_the_tab_has_not_stays_unnamed(read):
    (taken,) = read("take the beer off", "Soda").intents

    assert isinstance(taken, Remove)
    assert (taken.drink.item, taken.drink.category) == ("", "Beer")


def test_of_three_ipas_the_ipa_is_one_and_the_ipas_are_all(read):
    (one,) = read("swap the IPA for a lager", "IPA").intents
    (both,) = read("swap the IPAs for lagers", "IPA").intents

    assert isinstance(one, Swap)
    assert isinstance(both, Swap)
    assert (one.old_item, one.units, both.old_item, both.units) == ("IPA", 1, "IPA", 0)


def test_what_is_made_with_and_without_is_read_in_spanish_too(read):
    found = read("un vodka doble sin hielo para mi amigo", is_spanish_visit=True)

    assert ordered(found) == [("Vodka", 1, ("double", "neat"))]


def test_the_same_with_something_else_is_one_more_made_that_way(read):
    (more,) = read("same for my friend, only with ice", "Whiskey").intents

    assert isinstance(more, AddMore)
    assert more.extends_modifiers


def test_a_drink_that_no_group_has_makes_the_reading_uncertain(menu, read, monkeypatch):
    said = "a gin and a rum please"
    tokens, groups = interpretation.TAGGER.tag(said, interpretation.menu_terms(menu))
    monkeypatch.setattr(interpretation.TAGGER, "tag", lambda *_args: (tokens, groups[:1]))

    assert read(said).confidence == 0.0


def test_a_name_that_was_cut_in_two_is_one_name(read):
    assert ordered(read("I wonder whether we might have two more Old Fashioneds before we go")) == [
        ("Old Fashioned", 2, ())
    ]


def test_solo_is_neat_beside_a_whisky(read):
    assert ordered(read("un whisky solo y otro con hielo", is_spanish_visit=True)) == [
        ("Whiskey", 1, ("neat",)),
        ("Whiskey", 1, ("on the rocks",)),
    ]
