"""A choice that a drink must have: taken from its default, or asked for once."""

import pytest

from bartender.errors import ChoiceMissing
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import Modifier, ModifierGroup
from bartender.models.visits import OrderLine
from bartender.services import orders
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.responsible_service.policies import units
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


@pytest.fixture
def a_liquor_must_be_chosen(ada):
    ModifierGroup.objects.filter(name="liquor").update(min=1, default_modifier="")
    Modifier.objects.filter(group__name="liquor").update(ml=0)  # in the place of what the recipe counts
    mark_menu_changed()


def test_it_is_asked_for_once_and_the_answer_makes_the_drink(ada, a_liquor_must_be_chosen):
    asked = ended(ada, "two martinis", client_id="one")
    assert "Martini: which shall it be, vodka, gin, rum, tequila, whiskey or brandy?" in asked.reply
    assert units(ada) == 0
    ended(ada, "gin please", client_id="two")

    assert [(line.name, line.quantity, line.modifiers) for line in OrderLine.objects.all()] == [
        ("Martini", 2, ["gin"])
    ]


def test_whoever_talks_of_something_else_is_not_asked_again(ada, a_liquor_must_be_chosen):
    ended(ada, "a martini", client_id="one")
    other = ended(ada, "a lemonade then", client_id="two")

    assert "which shall it be" not in other.reply
    assert [line.name for line in OrderLine.objects.all()] == ["Lemonade"]


def test_no_way_to_the_tab_leaves_it_out(ada, a_liquor_must_be_chosen):
    page = guest_for_visit(ada)
    page.open_page()
    page.submit_form("/order/martini/")
    assert "which shall it be" in page.page
    with pytest.raises(ChoiceMissing):
        orders.add_line(ada, "Martini", 1, ["dry"], make_context())
    line = orders.add_line(ada, "Soda", 1, [], make_context())
    with pytest.raises(ChoiceMissing):
        orders.replace_line(ada, line, "Martini", [], None, make_context())
    assert orders.add_line(ada, "Martini", 1, ["gin"], make_context()).modifiers == ["gin"]


def test_a_default_is_taken_where_there_is_one(ada):
    ModifierGroup.objects.filter(name="liquor").update(min=1)
    mark_menu_changed()
    page = guest_for_visit(ada).open_page()

    assert orders.add_line(ada, "Martini", 1, [], make_context()).modifiers == ["vodka"]
    assert 'value="vodka" data-group="liquor" data-max="1" checked' in page
