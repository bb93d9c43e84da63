"""Tax in thousandths of a percent: entered, calculated, frozen and shown as it is."""

import pytest

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import Venue
from bartender.services import bills, orders
from maya_site.core.money import apply_rate_milli_percent, format_milli_percent, resolve_milli_percent
from payments import bar_payments
from tests.bartender.admin_forms import form_data
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import mo_client
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab, make_tab, reload_tab, sell

pytestmark = pytest.mark.django_db
PAGE = "/admin/bartender/venue/1/change/"


@pytest.mark.parametrize(
    "cents, tax",
    [(100, 9), (1_000, 89), (2_200, 195), (40_000, 3_550), (5_634, 500), (5_629, 500), (0, 0)],
)
def test_eight_point_eight_seven_five_percent_is_rounded_half_up(cents, tax):
    assert apply_rate_milli_percent(cents, 8_875) == tax == int(cents * 8875 / 100_000 + 0.5)


def test_it_is_entered_in_the_admin_charged_and_on_the_receipt(menu, ada):
    client = mo_client()
    assert client.post(PAGE, {**form_data(client.get(PAGE)), "tax_rate_milli": "8.875"}).status_code == 302
    venue = Venue.current()
    assert (venue.tax_rate, venue.tax_rate_milli, venue.tax_rate_bp) == (8_875, 8_875, 888)
    assert 'value="8.875"' in client.get(PAGE).text
    assert "8.875%" in client.get("/admin/bartender/venue/").text

    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.request_bill(ada, make_context())
    tab = latest_tab(ada)
    assert (tab.tax_rate, tab.tax_cents, tab.total_cents) == (8_875, 1_95, 23_95)
    bar_payments.record_bar_payment(tab, "cash", "staff:mo", "cash")
    assert "Tax 8.875%" in guest_for_visit(ada).open_page(f"/tab/{tab.code}/receipt/")
    assert assert_ledger_consistent()


@pytest.mark.parametrize("typed", ["8.8755", "100.001", "-1", "half"])
def test_a_rate_that_is_none_is_refused_on_the_form(menu, typed):
    client = mo_client()
    assert client.post(PAGE, {**form_data(client.get(PAGE)), "tax_rate_milli": typed}).status_code == 200
    assert Venue.current().tax_rate == 0


def test_an_open_tab_keeps_the_rate_it_was_opened_with(ada):
    Venue.objects.update(tax_rate_bp=888, tax_rate_milli=8_875)
    mark_menu_changed()
    orders.add_line(ada, "Negroni", 1, [], make_context())
    Venue.objects.update(tax_rate_bp=0, tax_rate_milli=0)
    orders.add_line(ada, "Negroni", 1, [], make_context())

    assert (latest_tab(ada).tax_rate, latest_tab(ada).tax_cents) == (8_875, 1_95)


def test_the_two_columns_are_kept_in_step_and_the_later_word_counts(menu):
    venue = Venue.current()
    venue.tax_rate_milli = 8_875
    venue.save(update_fields=["tax_rate_milli"])
    assert Venue.current().tax_rate_bp == 888
    Venue.objects.update(tax_rate_bp=825)  # as the release before writes it
    assert Venue.current().tax_rate == 8_250
    venue = Venue.current()
    venue.tax_rate_bp = 900
    venue.save()
    assert (Venue.current().tax_rate, Venue.current().tax_rate_milli) == (9_000, 9_000)
    assert resolve_milli_percent(None, 825) == 8_250


def test_tabs_of_the_release_before_have_their_rate_in_basis_points():
    tab = sell(make_tab(tax_rate_bp=825), 3, 3_33)
    assert (reload_tab(tab).tax_rate, reload_tab(tab).tax_cents) == (8_250, 82)
    assert sell(make_tab(tax_rate_milli=8_875), 1, 10_00).tax_cents == 89
    assert [format_milli_percent(rate) for rate in (0, 8_875, 20_000, 12_500, 1)] == [
        "0%",
        "8.875%",
        "20%",
        "12.5%",
        "0.001%",
    ]
