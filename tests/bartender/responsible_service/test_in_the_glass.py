"""What is in the glass: the drink, and whatever its modifiers bring."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product

import pytest

from bartender.errors import AllergyApprovalRequired
from bartender.menu.alcohol import ETHANOL_GRAMS_PER_ML, TRACE_GRAMS, Ingredient, recipe_grams
from bartender.menu.loader import DEFAULT_MENU_PATH
from bartender.menu.reader import read_menu
from bartender.menu.snapshot import (
    MenuModifier,
    MenuModifierGroup,
    choose_modifiers,
    current_menu,
    mark_menu_changed,
)
from bartender.models.menu import Modifier
from bartender.models.responsible_service import Approval
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.safety.serving_rules import drink_grams, find_allergen_warning
from bartender.services import approvals, orders, responsible_service, tickets
from tests.bartender.responsible_service.policies import terms, units
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


def ways(drink):
    """Every way in which the menu lets a drink be made."""
    choices = []
    for group in drink.groups:
        names = [modifier.name for modifier in group.modifiers]
        sizes = range(group.min, group.max + 1)
        choices.append([few for size in sizes for few in combinations(names, size)])
    for made in product(*choices):
        yield choose_modifiers(drink, [name for few in made for name in few])


FILE = read_menu(DEFAULT_MENU_PATH)
SAID = {row.name: dict(row.allergens) for row in FILE.items}
MODIFIERS = {(group.name, one.name): one for group in FILE.groups for one in group.modifiers}


def stated(drink, made, allergen):
    """What the menu's file says of an allergen, of each part of the glass. The vodka that a cocktail is made
    with anyway is part of the cocktail."""
    rows = [MODIFIERS[modifier.group, modifier.name] for modifier in made]
    brought = [dict(row.allergens) for row in rows if not row.adds_nothing and row.name != "vodka"]
    return {part.get(allergen, "unknown") for part in (SAID[drink.name], *brought)}


def test_no_drink_made_in_any_way_is_served_against_any_allergen_without_a_person(ada, monkeypatch):
    """Each allergen, each drink, each way to make it, through the one check that stands before the tab."""
    terms(soft_limit_drinks=900, approval_limit_drinks=900, hard_limit_drinks=900)
    menu = current_menu()
    monkeypatch.setattr(approvals, "latest_allergy_decision", lambda *asked: None)  # nobody has said a word
    served_, refused = set(), set()
    for allergen in ALLERGEN_NAMES:
        ada.allergies = [allergen]
        for drink in menu.drinks:
            for made in ways(drink):
                free = stated(drink, made, allergen) == {"free"}
                try:
                    responsible_service._check_allergies(ada, menu, drink, made)
                except AllergyApprovalRequired:
                    assert not free, (allergen, drink.name, made)
                    refused.add((allergen, drink.name, made))
                else:
                    assert free, (allergen, drink.name, made)
                    served_.add((allergen, drink.name, made))

    assert (
        len(served_) + len(refused)
        == len(ALLERGEN_NAMES) * sum(1 for one in menu.drinks for _ in ways(one))
        > 3000
    )
    names = {(allergen, name, tuple(one.name for one in made)) for allergen, name, made in served_}
    assert ("gluten", "Vodka", ("double", "neat")) in names
    assert ("gluten", "Vodka", ("with a chaser",)) not in names


def test_a_real_order_is_refused_by_the_same_check(ada):
    """A sample of what the table above holds, each as a guest's own order."""
    menu = current_menu()
    responsible_service.set_allergies(ada, ["gluten"])
    for drink in menu.drinks:
        for made in list(ways(drink))[::7]:
            free = stated(drink, made, "gluten") == {"free"}
            names = [modifier.name for modifier in made]
            if free:
                assert orders.add_line(ada, drink.name, 1, names, make_context()).quantity == 1
                orders.undo_last_line(ada, make_context())
            else:
                with pytest.raises(AllergyApprovalRequired):
                    orders.add_line(ada, drink.name, 1, names, make_context())


def test_a_liquor_is_as_strong_as_it_is_and_a_dash_is_not_nothing(menu):
    martini, soda = menu.find_drink("Martini"), menu.find_drink("Soda")
    gin, overproof = (
        martini.find_modifier("gin"),
        replace(martini.find_modifier("rum"), abv_percent=Decimal(75)),
    )
    dash = MenuModifier("bitters", "", 0, (), "", 1, False, "bitters", Decimal(0), Decimal(44))

    assert (
        drink_grams(martini, [gin])
        == drink_grams(martini, [martini.find_modifier("vodka")])
        == drink_grams(martini, [])
    )
    more = 60 * Decimal("0.35") * ETHANOL_GRAMS_PER_ML
    plain, strong = drink_grams(martini, []), drink_grams(martini, [overproof])
    assert plain is not None
    assert strong is not None
    assert abs(strong - plain - more) < Decimal("0.01")
    assert drink_grams(soda, [dash]) == TRACE_GRAMS
    assert recipe_grams([Ingredient("bitters", Decimal(0), Decimal(44))], no_alcohol=True) == TRACE_GRAMS


def test_a_modifier_of_which_nobody_said_what_it_adds_makes_the_drink_s_strength_unknown(menu):
    soda = menu.find_drink("Soda")
    unknown = MenuModifier("a secret splash", "", 0, (), "", 1)

    assert drink_grams(soda, [unknown]) is None
    assert find_allergen_warning(soda, ["nuts"], [unknown]).unknown == ("nuts",)


def test_what_is_poured_unless_asked_is_in_the_glass(menu):
    syrup = MenuModifier(
        "orgeat", "syrup", 0, (), "", 1, False, "orgeat", Decimal(5), Decimal(0), (("nuts", "contains"),)
    )
    plain = replace(syrup, name="sugar", ingredient="sugar syrup", allergens=(("nuts", "free"),))
    soda = replace(
        menu.find_drink("Soda"), groups=(MenuModifierGroup("syrup", 0, 1, "orgeat", (syrup, plain)),)
    )

    assert find_allergen_warning(soda, ["nuts"]).contains == ("nuts",)
    assert not find_allergen_warning(soda, ["nuts"], [plain])


def test_what_a_modifier_brings_into_the_glass_counts(ada):
    ended(ada, "I'm allergic to gluten", client_id="one")
    plain = ended(ada, "a vodka", client_id="two")
    chased = ended(ada, "a vodka with a chaser", client_id="three")

    assert "Vodka (with a chaser) is not confirmed to be free of gluten" in chased.reply
    assert "one Vodka" in plain.reply
    assert units(ada) == 1
    assert Approval.objects.get().description.startswith("Vodka (with a chaser)")


def test_a_modifier_chosen_afterwards_is_looked_at_as_well(ada):
    responsible_service.declare_allergies(ada, ["gluten"])
    line = orders.add_line(ada, "Vodka", 2, ["neat"], make_context())

    with pytest.raises(AllergyApprovalRequired):
        orders.replace_line(ada, line, "Vodka", ["neat", "with a chaser"], 1, make_context())
    assert units(ada) == 2


def test_a_chaser_ordered_before_the_allergy_was_told_does_not_go_to_the_bar(ada):
    orders.add_line(ada, "Vodka", 1, ["with a chaser"], make_context())
    told = ended(ada, "I'm allergic to gluten")

    assert "Vodka won't go to the bar" in told.reply
    with pytest.raises(AllergyApprovalRequired):
        tickets.fire_ticket(ada, make_context())


def test_of_a_modifier_that_is_no_longer_on_the_menu_nothing_is_known(ada):
    orders.add_line(ada, "Vodka", 1, ["neat"], make_context())
    responsible_service.declare_allergies(ada, ["gluten"])
    Modifier.objects.filter(name="neat").delete()
    mark_menu_changed()

    with pytest.raises(AllergyApprovalRequired):
        tickets.fire_ticket(ada, make_context())
