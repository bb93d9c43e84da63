"""A drink of which nobody wrote down how strong it is: unknown, and never free of alcohol."""

import re

import pytest

from bartender.brains.llm.prompt import _drink_line
from bartender.dialogue.types import ToolCall
from bartender.errors import (
    AgeDeclarationRequired,
    AlcoholLimitReached,
    AlcoholRefused,
    SoldOut,
    UnknownStrength,
)
from bartender.menu.snapshot import current_menu, mark_menu_changed, set_available
from bartender.models.menu import MenuCategory, MenuItem, Preference
from bartender.models.responsible_service import Approval
from bartender.models.visits import Visit
from bartender.services import orders, responsible_service
from bartender.tools.registry import ToolRunner
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.responsible_service.policies import terms
from tests.bartender.staff_fixtures import create_staff_user
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


@pytest.fixture
def a_beer_without_a_recipe(ada):
    """Put on the shelf of the alcohol-free ones, and tagged so, by somebody in a hurry."""
    shelf = MenuCategory.objects.get(name="Non-alcoholic")
    beer = MenuItem.objects.create(category=shelf, name="Ale Zero", slug="ale-zero", price_cents=500)
    beer.preferences.add(Preference.objects.get(name="sobering"))
    mark_menu_changed()
    return beer


def test_it_waits_for_a_person_on_every_way_to_the_tab(ada, a_beer_without_a_recipe):
    page = guest_for_visit(ada)
    page.open_page()
    page.submit_form("/order/ale-zero/")
    assert "how strong Ale Zero is" in page.page
    told = ended(ada, "an ale zero please")
    assert "the people behind the bar have to approve it" in told.reply
    line = orders.add_line(ada, "Soda", 1, [], make_context())
    with pytest.raises(UnknownStrength):
        orders.replace_line(ada, line, "Ale Zero", [], None, make_context())
    wish = Approval.objects.get()
    assert (wish.item, wish.description) == (
        a_beer_without_a_recipe,
        "Ale Zero: nobody has written down how strong it is",
    )

    responsible_service.decide_approval(wish, create_staff_user("sam"), is_approved=True)
    poured = orders.add_line(ada, "Ale Zero", 1, [], make_context())
    assert poured.unit_ethanol_grams is None
    with pytest.raises(
        AlcoholLimitReached
    ):  # what was drunk is not known: a person decides on what has alcohol
        orders.add_line(ada, "IPA", 1, [], make_context())
    assert orders.add_line(ada, "Lemonade", 1, [], make_context()).quantity == 1


@pytest.mark.parametrize("state, refusal", [("refused", AlcoholRefused), ("unknown", AgeDeclarationRequired)])
def test_it_is_alcohol_for_whoever_must_say_their_age(ada, a_beer_without_a_recipe, state, refusal):
    terms(age_check="declared")
    Visit.objects.filter(pk=ada.pk).update(age_state=state)

    with pytest.raises(refusal):
        orders.add_line(ada, "Ale Zero", 1, [], make_context())
    assert not Approval.objects.exists()


def test_it_is_never_suggested_nor_shown_as_free_of_alcohol(ada, a_beer_without_a_recipe):
    Visit.objects.filter(pk=ada.pk).update(age_state="refused")
    ada.refresh_from_db()
    said = (
        "what do you have without alcohol?",
        "which soft drinks do you have?",
        "what would you recommend?",
        "a mocktail please",
        "something sobering",
        "an alcohol free ale zero",
        "what is the weakest drink?",
    )
    for number, words in enumerate(said):
        told = ended(ada, words, client_id=f"no-{number}")
        assert not re.search(r"Ale Zero \$|a Ale Zero", told.reply), words
    strong = ended(ada, "is the ale zero alcohol free?", client_id="asked")
    assert "how strong the Ale Zero is" in strong.reply

    page = guest_for_visit(ada).open_page("/?free=1")
    row = page.split('data-drink="ale-zero"')[1].split("</li>")[0]
    assert row.split(">")[0].endswith(" hidden")
    assert "strength not known" in row
    assert "alcohol-free" not in row
    set_available([MenuItem.objects.get(name="Lemonade").pk], available=False)
    with pytest.raises(SoldOut) as out:
        orders.add_line(ada, "Lemonade", 1, [], make_context())
    assert "Ale Zero" not in str(out.value)


def test_a_tool_that_is_asked_for_something_sobering_goes_by_what_is_in_the_glass(
    ada, a_beer_without_a_recipe
):
    found = ToolRunner(ada, "turn").run_calls([ToolCall("get_recommendation", {"preference": "sobering"})])[0]

    assert found.ok
    assert "Ale Zero" not in found.text
    beer = current_menu().find_drink("Ale Zero")
    assert beer is not None
    assert "no alcohol" not in _drink_line(beer)
