"""All guests share the menu's rows, and nothing else; what changes in public is on the next page."""

from __future__ import annotations

import re
from datetime import time
from urllib.parse import urlencode

import pytest
from django.test import Client

from bartender.menu.availability import set_ingredients_available
from bartender.menu.snapshot import current_menu, set_available
from bartender.models.bar_state import BarSwitch
from bartender.models.ingredients import Ingredient
from bartender.models.menu import MenuItem, Venue
from bartender.models.visits import Visit
from bartender.permissions import STAFF_GROUP
from bartender.services.bar_state import switch_bar
from bartender.services.orders import add_line
from bartender.services.portions import set_portions
from bartender.services.tickets import fire_ticket
from bartender.web import menu_rows
from bartender.web.menu_cards import MenuSearch
from tests.bartender.page_fixtures import PageGuest, guest_for_visit
from tests.bartender.prices.happy_hour import Clock, add_rule, drink
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

pytestmark = pytest.mark.django_db

ROW = re.compile(r'<li\s+class="drink.*?</form>\s*</li>', re.DOTALL)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(autouse=True)
def _no_row_was_written_before() -> None:
    menu_rows._shared_rows.cache_clear()


def page_of(visit: Visit | None = None, path: str = "/", language: str = "en") -> str:
    client: Client = (guest_for_visit(visit) if visit else PageGuest()).client
    response = client.get(path, headers={"accept-language": language})
    assert response.status_code == 200
    return str(response.text)


def row_of(page: str, slug: str) -> str:
    rows: list[str] = ROW.findall(page)
    return next(row for row in rows if f'data-drink="{slug}"' in row)


def is_hidden(row: str) -> bool:
    return bool(re.search(r"\shidden>", row.partition("<form")[0]))


# --- what guests share ---------------------------------------------------------------------------------


def test_two_guests_share_the_rows_and_nothing_that_is_their_own(ada: Visit, ben: Visit) -> None:
    Visit.objects.filter(pk=ada.pk).update(allergies=["nuts"], guest_name="Ada Lovelace", emotion="upset")
    ada.refresh_from_db()
    add_line(ada, "Lemonade", 1, [], make_context())
    first, second = page_of(ada), page_of(ben)
    assert menu_rows._shared_rows.cache_info().misses == 1

    shared = menu_rows._shared_rows(current_menu(), "en", "USD")
    for own in (ada.code, ben.code, "Lovelace", "upset", *TOKEN.findall(first + second)):
        assert not re.search(own, repr(shared))
    assert not set(TOKEN.findall(first)) & set(TOKEN.findall(second))
    assert "Lovelace" not in second
    ids = re.compile(r'name="id" value="(\w+)-\d+"')
    assert len(set(ids.findall(first))) == len(set(ids.findall(second))) == 1
    assert not set(ids.findall(first)) & set(ids.findall(second))


def test_the_pages_differ_outside_the_rows_only_where_the_guests_do(ada: Visit, ben: Visit) -> None:
    """What is left when each page's own token, id and code are taken out is the same for two new guests, and
    is written anew for each: only the rows come from the shelf."""
    plain = []
    for visit in (ada, ben):
        page = page_of(visit)
        page = TOKEN.sub("token", page).replace(visit.code[:8], "code").replace(visit.call_name, "name")
        plain.append(re.sub(r'value="[0-9a-f]{16}', 'value="id', page))
    assert plain[0] == plain[1]


def test_no_mark_of_a_gap_is_ever_sent(ada: Visit) -> None:
    Visit.objects.filter(pk=ada.pk).update(allergies=["nuts", "milk"])
    for path in ("/", "/?find=gin", "/?strong=1", "/?safe=1", "/?find=nothing+like+it"):
        page = page_of(ada, path)
        assert not any(mark in page for mark in (menu_rows.GAP, menu_rows.TOKEN, menu_rows.PAGE_ID))
        assert len(ROW.findall(page)) == len(current_menu().drinks)


def test_an_allergy_of_one_guest_warns_nobody_else(ada: Visit, ben: Visit) -> None:
    Visit.objects.filter(pk=ada.pk).update(allergies=["egg"])
    warned, calm = page_of(ada), page_of(ben)

    assert "doubtful" in warned
    assert "the people behind the bar have to approve it" in warned
    assert "doubtful" not in calm
    assert "the people behind the bar have to approve it" not in calm
    assert page_of(ben).count("doubtful") == 0


def test_the_shelf_is_bounded_however_often_the_menu_changes(menu: object) -> None:
    negroni = MenuItem.objects.get(name="Negroni")
    for number in range(menu_rows.MAX_SHARED + 4):
        set_available([negroni.pk], available=bool(number % 2))
        page_of()
    assert menu_rows._shared_rows.cache_info().currsize == menu_rows.MAX_SHARED


def test_searches_fill_no_memory(menu: object) -> None:
    for number in range(30):
        page_of(path=f"/?find=word{number}")
    assert menu_rows._shared_rows.cache_info().currsize == 1


# --- what changes at once ------------------------------------------------------------------------------


def test_a_sold_out_drink_is_on_the_next_page_and_back_again(menu: object) -> None:
    negroni = MenuItem.objects.get(name="Negroni")
    assert "sold-out" not in row_of(page_of(), "negroni")
    set_available([negroni.pk], available=False)
    assert "sold-out" in row_of(page_of(), "negroni")
    set_available([negroni.pk], available=True)
    assert "sold-out" not in row_of(page_of(), "negroni")


def test_an_ingredient_that_is_out_takes_its_drinks_off_the_next_page(menu: object) -> None:
    page_of()
    set_ingredients_available([Ingredient.objects.get(name="bitter aperitif").pk], available=False)
    assert "sold-out" in row_of(page_of(), "negroni")


def test_the_last_portions_are_counted_down_on_each_page(ada: Visit, ben: Visit) -> None:
    set_portions(drink("IPA").id, 3)
    assert "last 3" in row_of(page_of(ben), "ipa")
    add_line(ada, "IPA", 1, [], make_context())
    fire_ticket(ada, make_context())
    assert "last 2" in row_of(page_of(ben), "ipa")


def test_a_price_rule_begins_and_ends_to_the_second(menu: object, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    add_rule(categories=["Beer"], starts_at=time(17), ends_at=time(19))
    prices = []
    for hour, minute, second in ((16, 59, 59), (17, 0, 0), (18, 59, 59), (19, 0, 0)):
        clock.at(hour, minute, second)
        prices.append("Happy hour" in row_of(page_of(), "ipa"))
    assert prices == [False, True, True, False]


def test_the_closed_bar_is_said_at_once(menu: object) -> None:
    assert "closed" not in page_of().partition('data-fragment="bar_state"')[2][:400]
    switch_bar(BarSwitch.Kind.CLOSED, create_staff_user("sam", STAFF_GROUP), "form")
    assert "closed" in page_of().partition('data-fragment="bar_state"')[2][:400]


def test_each_language_has_its_rows(menu: object) -> None:
    for _again in range(2):
        assert "How many" in page_of(language="en")
        spanish = page_of(language="es")
        assert "How many" not in spanish
    assert menu_rows._shared_rows.cache_info().currsize == 2


def test_a_change_of_currency_is_on_the_next_page(menu: object) -> None:
    assert "$" in row_of(page_of(), "negroni")
    venue = Venue.current()
    venue.currency = "EUR"
    venue.save()
    assert "€" in row_of(page_of(), "negroni")


# --- searches ------------------------------------------------------------------------------------------


def test_a_search_hides_rows_for_whoever_searches_only(menu: object) -> None:
    found, everything = page_of(path="/?find=gin"), page_of()
    assert not is_hidden(row_of(found, "negroni"))
    assert is_hidden(row_of(found, "ipa"))
    assert not any(is_hidden(row) for row in ROW.findall(everything))
    assert re.search(r"<h3 hidden>Beer</h3>", found)


@pytest.mark.parametrize("text", ["{{ gap }}", "<script>alert(1)</script>", "\x00", "token", "é" * 200])
def test_no_search_writes_into_the_rows(menu: object, text: str) -> None:
    page = page_of(path="/?" + urlencode({"find": text}))
    assert "<script>alert" not in page
    rows = menu_rows.render_menu_rows(
        current_menu(), [], MenuSearch(text=text.lower()[:60]), csrf_token="t", page_id="p"
    )
    assert text not in rows.html or text == "token"
