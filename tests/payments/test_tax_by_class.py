"""Tax as law has it: by class, with levels and dates, on top of prices or in them, rounded as told."""

from datetime import UTC, date, datetime
from unittest import mock

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartender.errors import TaxRateMissing
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import Venue
from bartender.models.taxes import TaxClass, TaxRate
from bartender.models.visits import OrderLine
from bartender.services import bar_tabs, bills, business_days, corrections, orders
from bartender.services.report_rows import report_sections
from bartender.services.visits import open_visit
from maya_site.core.money import apportion
from payments import bar_payments, ledger, splits, taxes
from payments.errors import OperationNotAllowed
from payments.ledger import Comp, OperationContext, Sale, TipRule
from payments.models import LedgerEntry, Share, Tab, TaxTerms
from tests.bartender.admin_forms import form_data
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import create_staff_user, mo_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab, make_tab, reload_tab
from tests.payments.taxed_bar import everything_is, germany, make_class, new_york, sell_food, tax_by_class

pytestmark = pytest.mark.django_db
VENUE_PAGE = "/admin/bartender/venue/1/change/"


def order(guest, drink, quantity=1, **details):
    return orders.add_line(guest, drink, quantity, [], make_context(), orders.LineDetails(**details))


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="corked")


def rates_of(guest):
    return {(tax.name, tax.rate_milli): (tax.net_cents, tax.tax_cents) for tax in bills.bill_of(guest).taxes}


def test_new_york_two_negronis_at_8_875_percent_of_three_levels(ada):
    new_york()
    order(ada, "Negroni", 2)
    bills.set_tip(ada, TipRule(cents=4_00), make_context())

    tab = latest_tab(ada)
    # 22.00 x 8.875 % = 1.9525; the tip is apart and not taxed
    assert (tab.net_cents, tab.tax_cents, tab.tip_cents, tab.total_cents) == (22_00, 1_95, 4_00, 27_95)
    (tax,) = bills.bill_of(ada).taxes
    assert tax.levels == (("State", 4_000, 88), ("City", 4_500, 99), ("MCTD", 375, 8))
    assert sum(cents for _name, _rate, cents in tax.levels) == tax.tax_cents
    assert assert_ledger_consistent()


def test_germany_food_at_7_and_drinks_at_19_percent_in_the_prices(ada):
    germany()
    order(ada, "IPA", 2)
    order(ada, "Soup")

    tab = latest_tab(ada)
    # of 12.00 it is 1.92 (12.00 x 19 / 119), of 8.90 it is 0.58 (8.90 x 7 / 107)
    assert rates_of(ada) == {("Getränke", 19_000): (10_08, 1_92), ("Speisen", 7_000): (8_32, 58)}
    assert (tab.total_cents, tab.tax_cents, tab.included_tax_cents) == (20_90, 0, 2_50)
    assert assert_ledger_consistent()


def test_spain_three_negronis_with_ten_percent_in_the_price(ada):
    everything = make_class("IVA", {"rate_milli": 10_000})
    everything_is(everything)
    tax_by_class(prices_include_tax=True)
    order(ada, "Negroni", 3)

    assert rates_of(ada) == {("IVA", 10_000): (30_00, 3_00)}
    assert latest_tab(ada).total_cents == 33_00


def test_a_rate_holds_from_its_day_to_its_last(ada):
    _drinks, food = germany()
    with mock.patch.object(timezone, "now", return_value=datetime(2025, 12, 31, 23, 59, tzinfo=UTC)):
        order(ada, "Soup")
    with mock.patch.object(timezone, "now", return_value=datetime(2026, 1, 1, 0, 1, tzinfo=UTC)):
        order(ada, "Soup")
    assert set(rates_of(ada)) == {("Speisen", 19_000), ("Speisen", 7_000)}
    assert food.rates.count() == 2


def test_what_is_ordered_keeps_its_rate_when_the_law_changes(ada):
    made = new_york()
    first = order(ada, "Negroni")
    TaxRate.objects.filter(tax_class=made, level="State").update(rate_milli=5_000)
    mark_menu_changed()
    again = orders.set_quantity(ada, first, 2, make_context())

    assert again.pk != first.pk  # another rate is another line, as another price is
    assert rates_of(ada) == {("Sales tax", 8_875): (11_00, 98), ("Sales tax", 9_875): (11_00, 1_09)}
    orders.remove_line(ada, first, None, make_context())
    assert rates_of(ada) == {("Sales tax", 9_875): (11_00, 1_09)}
    assert assert_ledger_consistent()


def test_nothing_is_sold_at_a_rate_that_nobody_knows(ada):
    made = new_york()
    TaxRate.objects.filter(tax_class=made).update(valid_until=date(2021, 1, 1))
    mark_menu_changed()
    with pytest.raises(TaxRateMissing, match=r"“Sales tax” is not set for today. Please ask the bar."):
        order(ada, "Negroni")
    assert not OrderLine.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_an_item_without_a_class_has_the_venues_one_rate(ada):
    tax_by_class(tax_rate_bp=825, tax_rate_milli=8_250)
    order(ada, "Negroni")
    assert rates_of(ada) == {("", 8_250): (11_00, 91)}


def test_an_item_has_its_own_class_before_its_categorys(ada):
    drinks, _food = germany()
    soup = sell_food(drinks)
    order(ada, soup.name)
    assert set(rates_of(ada)) == {("Getränke", 19_000)}


def test_what_is_taken_away_has_the_rate_for_it_where_its_class_has_one(ada):
    germany()
    sell_food(
        make_class("Milchgetränke", {"rate_milli": 19_000}, {"rate_milli": 7_000, "takeaway": True}),
        "Latte",
        4_28,
    )
    order(ada, "Latte")
    order(ada, "Latte", takeaway=True)
    order(ada, "IPA", takeaway=True)
    assert rates_of(ada) == {
        ("Milchgetränke", 19_000): (3_60, 68),
        ("Milchgetränke", 7_000): (4_00, 28),
        ("Getränke", 19_000): (5_04, 96),
    }


@pytest.mark.parametrize("method, tax", [("bill", 1_33), ("line", 1_32)])
def test_tax_is_rounded_once_on_the_bill_or_on_each_line(ada, method, tax):
    new_york(tax_method=method)
    for _ in range(3):
        order(ada, "Tap Beer")  # 5.00: 0.44375 each, 1.33125 together
    assert latest_tab(ada).tax_cents == tax
    assert assert_ledger_consistent()


@pytest.mark.parametrize("taxed, tax", [(False, 1_95), (True, 2_20)])
def test_a_service_charge_is_the_houses_and_is_taxed_where_it_has_a_class(ada, taxed, tax):
    made = new_york(service_charge_milli=12_500)
    if taxed:
        Venue.objects.update(service_tax_class=made)
    order(ada, "Negroni", 2)
    tab = latest_tab(ada)
    # 12.5 % of 22.00 is 2.75; 8.875 % of 24.75 is 2.1966
    assert (tab.service_cents, tab.tax_cents, tab.tip_cents) == (2_75, tax, 0)
    assert tab.total_cents == 22_00 + 2_75 + tax
    assert bills.bill_of(ada).service_cents == 2_75
    bar_payments.record_bar_payment(_frozen(ada), "cash", "staff:mo", "cash")
    assert reload_tab(tab).status == Tab.Status.PAID
    assert assert_ledger_consistent()


def _frozen(guest):
    bills.request_bill(guest, make_context())
    return latest_tab(guest)


def test_comps_and_voids_take_their_tax_with_them(ada):
    germany()
    beer, soup = order(ada, "IPA", 3), order(ada, "Soup")
    corrections.comp_line(soup, by_mo(), 4_45)
    corrections.void_line(beer, 1, by_mo())
    assert rates_of(ada) == {("Getränke", 19_000): (10_08, 1_92), ("Speisen", 7_000): (4_16, 29)}
    corrections.void_tab(latest_tab(ada), by_mo())
    tab = latest_tab(ada)
    assert (tab.total_cents, tab.included_tax_cents, rates_of(ada)) == (0, 0, {})
    assert assert_ledger_consistent()


def test_an_open_tab_of_one_rate_keeps_it_when_the_house_begins_to_tax_by_class(ada, ben):
    Venue.objects.update(tax_rate_bp=888, tax_rate_milli=8_875)
    mark_menu_changed()
    order(ada, "Negroni")
    germany()
    order(ada, "Negroni")
    order(ben, "Negroni")
    assert (latest_tab(ada).tax_method, latest_tab(ada).tax_cents) == ("single", 1_95)
    assert OrderLine.objects.filter(visit=ada, tax_terms=None).count() == 2
    assert latest_tab(ben).included_tax_cents == 1_76
    assert assert_ledger_consistent()


def test_the_evenings_report_has_net_and_tax_by_rate_which_sum_to_the_whole(ada, ben):
    germany(service_charge_milli=10_000)
    Venue.objects.update(service_tax_class=TaxClass.objects.get(name="Getränke"))
    order(ada, "IPA", 2)
    order(ada, "Soup")
    order(ben, "Negroni")
    Tab.objects.update(play_money_cents=None)
    bar_payments.record_bar_payment(_frozen(ada), "cash", "staff:mo", "cash")
    report = business_days.close_business_day(_today(), "staff:mo", "Ben is still here")
    real = report.figures["real"]

    assert sum(rate["tax_cents"] for rate in real["tax_rates"]) == real["tax_cents"]
    net = real["net_cents"] + real["service_cents"]
    assert sum(rate["net_cents"] for rate in real["tax_rates"]) == net
    assert real["total_cents"] == latest_tab(ada).total_cents + latest_tab(ben).total_cents
    rows = {row.words.strip(): row.amount for row in report_sections(report.figures)[0][1]}
    assert rows["7% Speisen: tax"] == "$0.58"
    assert {"19% Getränke: net", "Service charge", "Tax in the prices"} <= set(rows)
    assert assert_ledger_consistent()


def _today():
    return business_days.build_x_report().date


def test_the_guest_reads_each_rate_on_the_tab_the_receipt_and_the_mail(ada):
    germany()
    order(ada, "IPA", 2)
    order(ada, "Soup")
    guest = guest_for_visit(ada)
    shown = guest.open_page("/tab/")
    bar_payments.record_bar_payment(_frozen(ada), "cash", "staff:mo", "cash")
    receipt = guest.open_page(f"/tab/{latest_tab(ada).code}/receipt/")
    for page in (shown, receipt):
        text = " ".join(page.split())
        assert "Tax 19% in the prices" in text
        assert "Getränke, net $10.08" in text
        assert "Tax 7% in the prices" in text
        assert "$0.58" in text


def test_a_manager_sets_up_classes_and_the_venue_by_their_own_forms(menu, ada):
    client, page = mo_client(), "/admin/bartender/taxclass/add/"
    sent = {
        **form_data(client.get(page)),
        "name": "Sales tax",
        "rates-TOTAL_FORMS": 2,
        "rates-0-level": "State",
        "rates-0-rate_milli": "4",
        "rates-0-valid_from": "2020-01-01",
        "rates-1-level": "City",
        "rates-1-rate_milli": "4.875",
        "rates-1-valid_from": "2020-01-01",
    }
    twice = client.post(page, {**sent, "rates-1-level": "State"})
    assert "Two rates of “State” hold on the same day. End the older one the day before." in twice.text
    assert client.post(page, sent).status_code == 302
    item = f"/admin/bartender/menuitem/{order(ada, 'Negroni').item_id}/change/"
    fields = {**form_data(client.get(item)), "tax_class": TaxClass.objects.get().pk}
    assert client.post(item, fields).status_code == 302

    venue = {**form_data(client.get(VENUE_PAGE)), "service_charge_milli": "10"}
    assert "choose it here" in client.post(VENUE_PAGE, venue).text
    assert client.post(VENUE_PAGE, {**venue, "tax_method": "bill"}).status_code == 302
    guest = open_visit()
    order(guest, "Negroni")
    assert rates_of(guest) == {("Sales tax", 8_875): (11_00, 98)}
    assert latest_tab(guest).service_cents == 1_10
    assert (
        "State 4% from 2020-01-01, City 4.875% from 2020-01-01"
        in client.get("/admin/bartender/taxclass/").text
    )


def test_staff_ring_in_what_is_taken_away_only_where_that_has_a_rate(menu):
    germany()
    sam, visit = mo_client(), bar_tabs.open_bar_tab(create_staff_user("sam"), "Table 4", "form-0001")
    staff = FormBrowser(sam)
    assert "To take away" not in staff.open(f"/bar/tab/{visit.code}/")
    sell_food(
        make_class("Milchgetränke", {"rate_milli": 19_000}, {"rate_milli": 7_000, "takeaway": True}), "Latte"
    )
    staff.open(f"/bar/tab/{visit.code}/")
    staff.press_button("Ring in Latte so", takeaway=True)
    (line,) = OrderLine.objects.all()
    assert line.tax_terms
    assert (line.takeaway, line.tax_terms.rate_milli) == (True, 7_000)
    assert "to take away" in staff.open(f"/bar/tab/{visit.code}/")


# --- for every history -------------------------------------------------------------------------------

RATES = (0, 7_000, 8_875, 19_000)
CENTS = st.integers(1, 30_00)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(0, 3), st.integers(1, 3), CENTS),
        st.tuples(st.just("void"), st.integers(0, 5), st.just(1), CENTS),
        st.tuples(st.just("comp"), st.integers(0, 5), st.just(0), CENTS),
        st.tuples(st.just("tip"), st.just(0), st.just(0), CENTS),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS,
    method=st.sampled_from(["bill", "line"]),
    service=st.sampled_from([0, 12_500]),
    included=st.booleans(),
    weights=st.lists(st.integers(0, 9), min_size=2, max_size=4),
)
def test_in_every_history_the_parts_sum_to_the_whole(steps, method, service, included, weights):
    terms = [taxes.get_or_create_terms(f"class {rate}", [("", rate)], included=included) for rate in RATES]
    tab = make_tab(
        tax_method=method, service_rate_milli=service, service_terms=terms[3], play_money_cents=None
    )
    lines: list[Sale] = []
    for step, at, units, cents in steps:
        try:
            if step == "sell":
                sale = Sale(f"line {len(lines)}", units, cents, terms[at].pk)
                ledger.charge(tab, [sale], make_context())
                lines.append(sale)
            elif step == "void" and lines:
                sale = lines[at % len(lines)]
                ledger.void(tab, [Sale(sale.reference, 1, sale.unit_cents)], make_context())
            elif step == "comp" and lines:
                ledger.comp(tab, [Comp(lines[at % len(lines)].reference, cents)], by_mo())
            elif step == "tip":
                ledger.set_tip(tab, TipRule(cents=cents), make_context())
        except OperationNotAllowed:
            continue
    tab = reload_tab(tab)
    shown = taxes.tax_lines(tab)
    on_top = sum(tax.tax_cents for tax in shown if not tax.included)
    inside = sum(tax.tax_cents for tax in shown if tax.included)
    assert (on_top, inside) == (tab.tax_cents, tab.included_tax_cents)
    assert sum(tax.net_cents for tax in shown) + inside == tab.net_cents + tab.service_cents
    assert tab.due_cents == tab.net_cents + tab.service_cents + on_top + tab.tip_cents
    assert sum(entry.cents for entry in tab.entries.filter(account="receivable")) == tab.due_cents
    assert assert_ledger_consistent()
    _split_and_sum(tab, weights)


def _split_and_sum(tab, weights):
    if tab.due_cents < 50 * len(weights):
        return
    amounts = apportion(tab.due_cents, weights)
    parts = [
        splits.ShareAllocation(f"{tab.visit_code}{at}", f"Guest {at}", cents)
        for at, cents in enumerate(amounts)
        if cents
    ]
    if any(part.cents < 50 for part in parts):
        return
    shares = Share.objects.filter(split=splits.create_split(tab, "by_amount", parts, make_context()))
    assert sum(share.amount_cents for share in shares) == tab.due_cents
    assert sum(share.tax_cents for share in shares) == tab.all_tax_cents
    assert assert_ledger_consistent()


def test_terms_are_written_once_and_shared(db):
    one = taxes.get_or_create_terms("Food", [("State", 4_000), ("City", 875)], included=False)
    assert taxes.get_or_create_terms("Food", [("State", 4_000), ("City", 875)], included=False) == one
    assert taxes.get_or_create_terms("Food", [("State", 4_000), ("City", 875)], included=True) != one
    assert TaxTerms.objects.count() == 2
    assert one.rate_milli == 4_875
