"""A long list asks the database no more than a short one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bartender.models.ingredients import Allergen
from bartender.models.menu import MenuCategory, MenuItem, ModifierGroup, Preference
from bartender.models.visits import Turn
from bartender.services import orders, tickets
from bartender.services.visits import open_visit
from payments.models import Tab
from tests.bartender.staff_fixtures import pay_bill, tess_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

LISTS = [
    "bartender/visit",
    "bartender/turn",
    "bartender/orderline",
    "bartender/ticket",
    "payments/tab",
    "payments/journal",
    "payments/ledgerentry",
    "payments/payment",
]
MENU_LISTS = ["menuitem", "menucategory", "modifiergroup", "preference", "allergen"]


def questions(client, url):
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(asked), answer


def guests_come(number):
    for _ in range(number):
        guest = open_visit()
        Turn.objects.create(
            visit=guest, client_id="one", guest_text="A negroni", reply_text="Gladly.", elapsed_ms=9
        )
        orders.add_line(guest, "Negroni", 1, [], make_context())
        orders.add_line(guest, "Whiskey", 2, ["on the rocks"], make_context())
        tickets.fire_ticket(guest, make_context())
        pay_bill(guest)


@pytest.fixture
def one_and_thirty(menu):
    """The same pages, asked after one guest and after thirty."""
    client = tess_client()

    def ask(*urls):
        guests_come(1)
        for url in urls:
            client.get(url)
        few = {url: questions(client, url)[0] for url in urls}
        guests_come(29)
        many = {url: questions(client, url) for url in urls}
        return few, many

    return ask


def test_lists_of_visits_and_money_ask_the_same_for_one_row_and_for_thirty(one_and_thirty):
    few, many = one_and_thirty(*[f"/admin/{name}/" for name in LISTS])

    assert {url: asked for url, (asked, _) in many.items()} == few
    assert all(page.context["cl"].result_count >= 30 for _, page in many.values())
    assert max(few.values()) <= 14


def test_searching_asks_the_same_for_one_row_and_for_thirty(one_and_thirty):
    few, many = one_and_thirty(
        "/admin/bartender/visit/?q=negroni", "/admin/bartender/ticket/?q=negroni", "/admin/payments/tab/?q=a"
    )

    assert {url: asked for url, (asked, _) in many.items()} == few
    assert many["/admin/bartender/visit/?q=negroni"][1].context["cl"].result_count == 30


def test_the_evening_asks_the_same_after_one_guest_and_after_thirty(one_and_thirty):
    few, many = one_and_thirty("/admin/")

    assert many["/admin/"][0] == few["/admin/"]
    assert few["/admin/"] <= 26


def test_a_visits_page_asks_the_same_for_one_turn_and_for_thirty(ada):
    client, url = tess_client(), f"/admin/bartender/visit/{ada.pk}/change/"

    def talk(number):
        for _ in range(number):
            Turn.objects.create(
                visit=ada, client_id=make_context().key, guest_text="One more", reply_text="One more."
            )
            orders.add_line(ada, "Water", 1, [], make_context())
            tickets.fire_ticket(ada, make_context())

    talk(1)
    client.get(url)
    few, _ = questions(client, url)
    talk(9)
    many, page = questions(client, url)

    assert many == few
    assert page.text.count("One more.") == 10


def test_a_tabs_page_asks_the_same_for_one_journal_and_for_thirty(ada):
    client = tess_client()
    orders.add_line(ada, "Water", 1, [], make_context())
    url = f"/admin/payments/tab/{Tab.objects.get().pk}/change/"
    client.get(url)
    few, _ = questions(client, url)
    for name in ("Soda", "Lemonade", "Iced Tea"):
        for _ in range(10):
            orders.add_line(ada, name, 1, [], make_context())
    many, page = questions(client, url)

    assert many == few
    assert page.text.count("rowgroup") == 31


@pytest.mark.parametrize("name", MENU_LISTS)
def test_lists_of_the_menu_ask_the_same_for_one_row_and_for_thirty(no_menu, name):
    client, url = tess_client(), f"/admin/bartender/{name}/"
    make = {
        "menuitem": lambda n: MenuItem.objects.create(
            name=f"Drink {n}", slug=f"drink-{n}", price_cents=100, category=category(n)
        ),
        "menucategory": category,
        "modifiergroup": lambda n: ModifierGroup.objects.create(name=f"Group {n}").modifiers.create(name="a"),
        "preference": lambda n: Preference.objects.create(name=f"Mood {n}"),
        "allergen": lambda n: Allergen.objects.create(name=f"Nut {n}"),
    }[name]
    make(0)
    client.get(url)
    few, _ = questions(client, url)
    for n in range(1, 30):
        make(n)
    many, page = questions(client, url)

    assert (many, page.context["cl"].result_count) == (few, 30)


def category(number):
    return MenuCategory.objects.create(name=f"Shelf {number}", slug=f"shelf-{number}")


def test_an_items_page_asks_the_same_for_a_short_recipe_and_a_long_one(menu):
    client, item = tess_client(), MenuItem.objects.get(name="Water")
    url = f"/admin/bartender/menuitem/{item.pk}/change/"
    item.recipe.all().delete()
    grow(item, 1)
    client.get(url)
    few, _ = questions(client, url)
    grow(item, 8)
    many, _ = questions(client, url)

    assert many == few


def grow(item, number):
    have = item.recipe.count()
    for n in range(have, have + number):
        item.recipe.create(ingredient=f"Water {n}", ml=1, abv_percent=0)
        item.aliases.create(text=f"{item.name} {n}".lower())
        allergen = Allergen.objects.create(name=f"Thing {n}")
        item.allergen_facts.create(allergen=allergen, state="free", source="x", reviewed_on="2026-01-01")
