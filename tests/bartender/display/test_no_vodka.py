"""The bar is out of an ingredient: what needs it is off sale everywhere, and what can do without stays on."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry

from bartender.errors import AllergyApprovalRequired, IngredientOut, SoldOut
from bartender.menu.availability import set_ingredients_available
from bartender.menu.snapshot import current_menu, mark_menu_changed
from bartender.models.ingredients import Allergen, Ingredient, IngredientAllergenFact
from bartender.models.menu import Modifier, ModifierGroup, RecipePart
from bartender.permissions import STAFF_GROUP
from bartender.realtime import broadcast
from bartender.services import orders, responsible_service
from tests.bartender.display.display_client import DisplayPage, session_key_of
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import create_staff_user, nat_client, sam_client
from tests.bartender.test_turn import ended
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db(transaction=True)]


def out_of(*names):
    rows = Ingredient.objects.filter(name__in=names)
    assert len(rows) == len(names)
    set_ingredients_available([row.pk for row in rows], available=False)


def sold_out():
    return set(current_menu().sold_out)


def test_two_taps_take_off_what_needs_it_and_two_more_put_it_back(ada):
    staff = FormBrowser(sam_client())
    staff.open("/bar/")
    staff.press_button("No vodka")

    assert "86: vodka. Off sale with it: Long Island, Vodka." in staff.page
    assert sold_out() == {"Long Island", "Vodka"}
    with pytest.raises(SoldOut):
        orders.add_line(ada, "Vodka", 1, [], make_context())
    staff.press_button("vodka put back")
    assert "On sale with it: Long Island, Vodka." in staff.page
    assert orders.add_line(ada, "Vodka", 1, [], make_context()).name == "Vodka"
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["86", "Put back"]


def test_a_second_tap_from_another_board_changes_nothing_and_says_so(menu):
    staff, other = FormBrowser(sam_client()), FormBrowser(sam_client())
    staff.open("/bar/")
    other.open("/bar/")
    staff.press_button("No gin")
    other.press_button("No gin")

    assert "done already" in other.page


def test_a_colleague_without_a_group_takes_nothing_off(menu):
    gin = Ingredient.objects.get(name="gin")
    client = nat_client()

    assert client.post(f"/bar/86/ingredient/{gin.pk}/", {"available": "0"}).status_code == 403
    assert sam_client().post("/bar/86/ingredient/99999/", {"available": "0"}).status_code == 404
    assert Ingredient.objects.filter(available=False).count() == 0


def test_a_drink_whose_spirit_can_be_chosen_stays_on_with_the_others(ada):
    out_of("vodka")

    with pytest.raises(IngredientOut) as told:
        orders.add_line(ada, "Martini", 1, [], make_context())
    assert str(told.value).startswith("We are out of vodka tonight. I can make the Martini with gin, rum, ")
    with pytest.raises(IngredientOut):
        orders.add_line(ada, "Martini", 1, ["vodka"], make_context())
    assert orders.add_line(ada, "Martini", 1, ["gin"], make_context()).modifiers == ["gin"]


def test_maya_asks_which_one_and_makes_what_the_guest_answers(ada):
    out_of("vodka")
    asked = ended(ada, "a martini please", client_id="one")
    assert "We are out of vodka tonight" in asked.reply
    ended(ada, "gin", client_id="two")

    assert [(line.name, line.modifiers) for line in ada.lines.all()] == [("Martini", ["gin"])]


def test_more_of_a_line_is_not_sold_when_it_has_run_out(ada):
    line = orders.add_line(ada, "Martini", 1, ["gin"], make_context())
    out_of("gin")

    with pytest.raises(IngredientOut, match="We are out of gin tonight"):
        orders.set_quantity(ada, line, 2, make_context())
    line.refresh_from_db()
    assert line.quantity == 1


def test_a_choice_that_there_is_none_of_cannot_be_ticked_on_the_page(ada):
    out_of("gin")
    page = guest_for_visit(ada)
    page.open_page()
    boxes = [box for box in page.browser.dom.find_all("input") if box.get("value") == "gin"]

    assert boxes
    assert all(box.is_disabled for box in boxes)
    page.submit_form("/order/martini/")
    assert [line.name for line in ada.lines.all()] == ["Martini"]


def test_a_garnish_takes_no_drink_off_sale(menu):
    out_of("olive", "orange peel", "cherry")

    assert sold_out() == set()


@pytest.fixture
def whiskey_sour(menu):
    """A Whiskey with egg white that may be left out, where somebody wrote down that eggs are in it."""
    egg = Ingredient.objects.create(name="egg white", abv_percent=0)
    eggs = Allergen.objects.get(name="eggs")
    IngredientAllergenFact.objects.create(
        ingredient=egg, allergen=eggs, state="contains", source="the carton", reviewed_on="2026-11-01"
    )
    whiskey = Ingredient.objects.get(name="whiskey")
    IngredientAllergenFact.objects.create(
        ingredient=whiskey, allergen=eggs, state="free", source="the label", reviewed_on="2026-11-01"
    )
    item = RecipePart.objects.get(uses=whiskey, item__name="Whiskey").item
    RecipePart.objects.create(item=item, uses=egg, ml=20, position=9)
    group = ModifierGroup.objects.create(name="egg")
    Modifier.objects.create(group=group, name="no egg white", removes=egg)
    item.groups.add(group)
    mark_menu_changed()
    return item


def test_no_egg_white_leaves_the_drink_on_for_whoever_takes_it_without(ada, whiskey_sour):
    out_of("egg white")

    assert sold_out() == set()
    with pytest.raises(IngredientOut, match="I can make the Whiskey with no egg white: just say"):
        orders.add_line(ada, "Whiskey", 1, [], make_context())
    assert orders.add_line(ada, "Whiskey", 1, ["no egg white"], make_context()).quantity == 1


def test_without_egg_white_it_is_served_to_whoever_must_not_have_eggs(ada, whiskey_sour):
    responsible_service.declare_allergies(ada, ["eggs"])

    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Whiskey", 1, [], make_context())
    assert orders.add_line(ada, "Whiskey", 1, ["no egg white"], make_context()).quantity == 1


def test_what_is_offered_instead_says_price_strength_and_allergens(ada):
    out_of("bitter aperitif")

    with pytest.raises(SoldOut) as told:
        orders.add_line(ada, "Negroni", 1, [], make_context())
    assert "Perhaps a Manhattan" in str(told.value)
    assert "Manhattan: $12.00, 1.3 standard drinks, contains sulphites." in str(told.value)


def test_nobody_is_offered_what_is_not_known_to_be_free_of_their_allergy(ada):
    responsible_service.declare_allergies(ada, ["sulphites"])
    out_of("bitter aperitif")

    with pytest.raises(SoldOut) as told:
        orders.add_line(ada, "Negroni", 1, [], make_context())
    assert "Manhattan" not in str(told.value)
    assert "Perhaps" in str(told.value)


async def test_every_open_page_knows_at_once(ada, monkeypatch):
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)  # only what is announced is heard of
    person = await sync_to_async(create_staff_user)("sam", STAFF_GROUP)
    async with DisplayPage(await session_key_of(person)) as screen, PageClient(ada) as page:
        await page.send_client_ready()
        await page.wait_for("components")
        await screen.wait_for_text("off_sale", "vodka")
        await sync_to_async(out_of)("vodka")
        heard = await page.wait_for("menu", timeout=15)
        await screen.wait_for_text("off_sale", "put back")

    assert set(heard["data"]["sold_out"]) == {"Long Island", "Vodka"}
    assert heard["data"]["modifiers_out"] == ["liquor:vodka"]
