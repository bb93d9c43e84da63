"""What is in the glass: the recipe, and whatever its modifiers bring, exchange or leave out."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product

import pytest
import yaml

from bartender.errors import AllergyApprovalRequired
from bartender.menu.alcohol import ETHANOL_GRAMS_PER_ML, TRACE_GRAMS
from bartender.menu.composition import Change, Ingredient, Pour, Recipe, fill_glass
from bartender.menu.loader import DEFAULT_MENU_PATH
from bartender.menu.snapshot import (
    MenuModifier,
    MenuModifierGroup,
    choose_modifiers,
    current_menu,
    mark_menu_changed,
)
from bartender.models.menu import Modifier
from bartender.models.responsible_service import Approval
from bartender.safety.allergens import ALLERGEN_NAMES, find_allergens
from bartender.safety.features import tokenize_statement
from bartender.safety.serving_rules import find_allergen_warning
from bartender.services import approvals, orders, responsible_service, tickets
from tests.bartender.responsible_service.policies import terms, units
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

pytestmark = pytest.mark.any_database

EU_14 = (
    *("celery", "gluten", "crustaceans", "eggs", "fish", "lupin", "milk", "molluscs", "mustard"),
    *("nuts", "peanuts", "sesame", "soya", "sulphites"),
)
US_9 = ("milk", "egg", "fish", "crustacean", "tree nut", "wheat", "peanut", "soy", "sesame")


def ways(drink):
    """Every way in which the menu lets a drink be made."""
    choices = []
    for group in drink.groups:
        names = [modifier.name for modifier in group.modifiers]
        sizes = range(group.min, group.max + 1)
        choices.append([few for size in sizes for few in combinations(names, size)])
    for made in product(*choices):
        yield choose_modifiers(drink, [name for few in made for name in few])


# The menu's file, read as plain YAML: what it says must not pass through the code that is tested.
FILE = yaml.safe_load(DEFAULT_MENU_PATH.read_text(encoding="utf-8"))
SAID = {
    row["name"]: {name: state for state, names in row.get("allergens", {}).items() for name in names}
    for row in FILE["ingredients"]
}
RECIPES = {
    item["name"]: [part["ingredient"] if isinstance(part, dict) else part[0] for part in item["recipe"]]
    for category in FILE["categories"]
    for item in category["items"]
}
ADDS = {(group["name"], one["name"]): one["adds"] for group in FILE["groups"] for one in group["modifiers"]}


def stated(drink, made, allergen):
    """What the menu's file says of an allergen, of each part of the glass."""
    parts = list(RECIPES[drink.name])
    for modifier in made:
        adds = ADDS[modifier.group, modifier.name]
        if adds == "nothing":
            continue
        if modifier.group == "liquor":  # poured in the place of the vodka
            parts[parts.index("vodka")] = adds[0]
        else:
            parts.append(adds[0])
    return {SAID[part].get(allergen, "unknown") for part in parts}


def test_the_nine_of_the_united_states_are_heard_as_the_fourteen_of_the_union():
    """A guest with a wheat allergy is kept from all gluten: more than the law asks, and never less."""
    heard = {said: find_allergens(tokenize_statement(said, {})) for said in US_9}

    assert heard["wheat"] == ("gluten",)
    assert all(len(names) == 1 and names[0] in EU_14 for names in heard.values()), heard
    assert sorted(EU_14) == sorted(ALLERGEN_NAMES)


def test_no_drink_made_in_any_way_is_served_against_any_allergen_without_a_person(ada, monkeypatch):
    """Each allergen, each drink, each way to make it, through the one check that stands before the tab."""
    terms(soft_limit_drinks=900, approval_limit_drinks=900, hard_limit_drinks=900)
    menu = current_menu()
    monkeypatch.setattr(approvals, "latest_allergy_decision", lambda *asked: None)  # nobody has said a word
    declared = [*EU_14, *(name for said in US_9 for name in find_allergens(tokenize_statement(said, {})))]
    served_, refused = [], []
    for allergen in declared:
        ada.allergies = [allergen]
        for drink in menu.drinks:
            for made in ways(drink):
                free = stated(drink, made, allergen) == {"free"}
                try:
                    responsible_service._check_allergies(ada, menu, drink, made)
                except AllergyApprovalRequired:
                    assert not free, (allergen, drink.name, made)
                    refused.append((allergen, drink.name, made))
                else:
                    assert free, (allergen, drink.name, made)
                    served_.append((allergen, drink.name, made))

    in_all = sum(1 for one in menu.drinks for _ in ways(one))
    assert len(declared) == 23
    assert len(served_) + len(refused) == 23 * in_all > 8000
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


def modifier(name, adds=None, group="", **change):
    return MenuModifier(name, group, 0, (), "", Change(is_known=True, adds=adds, **change))


def test_a_liquor_is_as_strong_as_it_is_and_a_dash_is_not_nothing(menu):
    martini, soda = menu.find_drink("Martini"), menu.find_drink("Soda")
    gin, rum = martini.find_modifier("gin"), martini.find_modifier("rum")
    strong_rum = replace(rum.change.adds, ingredient=Ingredient("overproof rum", Decimal(75)))
    overproof = replace(rum, change=replace(rum.change, adds=strong_rum))
    bitters = Pour(Ingredient("bitters", Decimal(44)), Decimal(0))

    plain = martini.plain.grams
    assert (
        martini.made_with([gin]).grams == martini.made_with([martini.find_modifier("vodka")]).grams == plain
    )
    more = 60 * Decimal("0.35") * ETHANOL_GRAMS_PER_ML
    assert abs(martini.made_with([overproof]).grams - plain - more) < Decimal("0.01")
    assert soda.made_with([modifier("with a dash", bitters)]).grams == TRACE_GRAMS
    assert fill_glass(Recipe((bitters,), no_alcohol=True), []).grams == TRACE_GRAMS


def test_a_modifier_of_which_nobody_said_what_it_adds_makes_the_drink_s_strength_unknown(menu):
    soda = menu.find_drink("Soda")
    unknown = MenuModifier("a secret splash", "", 0, (), "")

    assert soda.made_with([unknown]).grams is None
    assert soda.made_with([unknown]).cost_cents is None
    assert find_allergen_warning(soda, ["nuts"], [unknown]).unknown == ("nuts",)


def test_what_is_poured_unless_asked_is_in_the_glass(menu):
    orgeat = Ingredient("orgeat", Decimal(0), (("nuts", "contains"),))
    sugar = Ingredient("sugar syrup", Decimal(0), (("nuts", "free"),))
    with_nuts = modifier("orgeat", Pour(orgeat, Decimal(5)), "syrup", replaces="orgeat")
    plain = modifier("sugar", Pour(sugar, Decimal(5)), "syrup", replaces="orgeat")
    group = MenuModifierGroup("syrup", 0, 1, "orgeat", (with_nuts, plain))
    soda = replace(menu.find_drink("Soda"), groups=(group,))

    assert find_allergen_warning(soda, ["nuts"]).contains == ("nuts",)
    assert not find_allergen_warning(soda, ["nuts"], [plain])


SOUR = Recipe(
    (
        Pour(Ingredient("whiskey", Decimal(40), (("eggs", "free"), ("nuts", "free"))), Decimal(50)),
        Pour(Ingredient("egg white", Decimal(0), (("eggs", "contains"), ("nuts", "free"))), Decimal(20)),
    )
)
NO_EGG = Change(is_known=True, removes="egg white")


def test_an_ingredient_that_is_left_out_is_not_in_the_glass():
    assert fill_glass(SOUR, []).allergens == (("eggs", "contains"), ("nuts", "free"))
    without = fill_glass(SOUR, [NO_EGG])
    assert without.allergens == (("eggs", "free"), ("nuts", "free"))
    assert [pour.name for pour in without.pours] == ["whiskey"]
    assert without.grams == fill_glass(SOUR, []).grams


def test_what_replaces_an_ingredient_brings_its_own_allergens_in_the_same_amount():
    foam = Pour(Ingredient("foaming bitters", Decimal(10), (("eggs", "free"),)), None)
    made = fill_glass(SOUR, [Change(is_known=True, adds=foam, replaces="egg white")])

    assert made.allergens == (("eggs", "free"),)
    assert made.allergen_state("nuts") == "unknown"
    assert made.pours[1].ml == 20
    before = fill_glass(SOUR, []).grams
    assert before is not None
    assert made.grams == before + (2 * ETHANOL_GRAMS_PER_ML).quantize(Decimal("0.001"))


@pytest.mark.parametrize(
    "stated, of_the_part, found",
    [
        ("free", None, "free"),  # a person has looked at the whole drink
        ("free", "unknown", "unknown"),  # and somebody else at the bottle, later or better
        ("free", "may_contain", "may_contain"),
        ("free", "contains", "contains"),
        ("contains", "free", "contains"),
        ("unknown", "free", "unknown"),
        (None, "free", "free"),
        (None, None, "unknown"),
    ],
)
def test_what_is_stated_of_a_whole_drink_never_makes_it_safer_than_an_ingredient_s_own_fact(
    stated, of_the_part, found
):
    gin = Ingredient("gin", Decimal(40), (("gluten", of_the_part),) if of_the_part else ())
    recipe = Recipe((Pour(gin, Decimal(40)),), allergens=(("gluten", stated),) if stated else ())

    assert fill_glass(recipe, []).allergen_state("gluten") == found


def test_the_cost_of_making_is_the_sum_of_what_is_poured_and_unknown_where_one_cost_is(menu):
    martini, whiskey = menu.find_drink("Martini"), menu.find_drink("Whiskey")

    # 60 ml of a 700 ml bottle at $14, 10 ml of 750 ml at $9, one of a hundred olives at $6.
    assert martini.plain.cost_cents == round(60 * 1400 / 700 + 10 * 900 / 750 + 6)
    assert martini.made_with([martini.find_modifier("gin")]).cost_cents == round(60 * 1800 / 700 + 12 + 6)
    double = whiskey.find_modifier("double")
    assert whiskey.made_with([double]).cost_cents == round(2 * 44 * 2200 / 700)
    chaser = whiskey.find_modifier("with a chaser")  # nobody wrote down what a soft drink costs
    assert whiskey.made_with([chaser]).cost_cents is None


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
