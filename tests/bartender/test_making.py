"""What making a drink costs, where prices are set."""

import pytest

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.ingredients import Ingredient
from bartender.models.menu import MenuItem, Venue
from tests.bartender.admin_forms import form_data
from tests.bartender.staff_fixtures import mo_client, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.html_dom import parse_html
from tests.payments.taxed_bar import germany

pytestmark = pytest.mark.django_db


def page_of(name, client=None):
    answer = (client or mo_client()).get(
        f"/admin/bartender/menuitem/{MenuItem.objects.get(name=name).pk}/change/"
    )
    return parse_html(answer.text).text


def test_mo_reads_what_a_negroni_costs_to_make(menu):
    text = page_of("Negroni")  # 30 ml of 18.00 for 700, of 17.00 for 700 and of 9.00 for 750, a peel at 0.10

    assert "$1.96, which is 17.8 % of $11.00. Margin: $9.04." in text
    assert "gin $0.77, bitter aperitif $0.73, sweet vermouth $0.36, orange peel $0.10" in text


def test_a_price_with_tax_in_it_is_looked_at_without(menu):
    germany()
    mark_menu_changed()

    assert "of $9.24 without tax. Margin: $7.28." in page_of("Negroni")


def test_a_cost_that_nobody_knows_is_named(menu):
    Ingredient.objects.filter(name="gin").update(pack_cost_cents=None)
    mark_menu_changed()

    assert "Unknown, as long as a part of it is: gin unknown, bitter aperitif $0.73" in page_of("Negroni")


def test_an_item_without_a_recipe_says_so_and_sam_reads_it_too(menu):
    germany()
    mark_menu_changed()
    assert "Unknown: it has no recipe." in page_of("Soup")
    assert "Margin: $7.28." in page_of("Negroni", sam_client())


def test_the_venue_takes_a_card_fee_and_leaves_it_unknown_where_it_is_empty(menu):
    client, url = mo_client(), "/admin/bartender/venue/1/change/"
    fields = form_data(client.get(url))
    assert client.post(url, fields | {"card_fee_milli": "2.9", "card_fee_cents": "0.30"}).status_code == 302
    venue = Venue.objects.get()
    assert (venue.card_fee_milli, venue.card_fee_cents) == (2_900, 30)
    assert client.post(url, fields | {"card_fee_milli": "", "card_fee_cents": ""}).status_code == 302
    assert Venue.objects.get().card_fee_milli is None
