"""Every road sells at the price of the moment, and a line keeps it."""

import json

import pytest

from bartender.books.export import Export
from bartender.menu.price_rules import price_line
from bartender.models.returning_guests import ReturningGuest
from bartender.models.visits import OrderLine
from bartender.services import bar_tabs, bills, corrections, orders, returning_guests, tab_moves, tickets
from payments.ledger import OperationContext
from payments.models import LedgerEntry
from tests.bartender.agents.fixtures import call, open_door, pair_agent
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.bartender.prices.happy_hour import add_rule, drink, forbid_alcohol_promotions, happy_hour
from tests.bartender.staff_fixtures import create_staff_user, pay_bill, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab
from tests.payments.taxed_bar import germany
from tests.rag.test_conversation import say

pytestmark = pytest.mark.django_db


def order(guest, drink, quantity=1, modifiers=()):
    return orders.add_line(guest, drink, quantity, list(modifiers), make_context())


def sold(guest):
    """Quantity, item, price of one, what it would have been, and why."""
    lines = OrderLine.objects.filter(tab__visit_code=guest.code).exclude(status="voided")
    return list(lines.values_list("quantity", "name", "unit_cents", "list_unit_cents", "price_rule"))


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="spilt")


def exported(what, at):
    written = Export(what, at.date(), at.date(), "json").chunks(at)
    return json.loads(b"".join(written))


def in_words(ada):
    say(ada, "two IPAs, please")


def by_a_tap(ada):
    page = guest_for_visit(ada)
    page.open_page()
    page.submit_form("/order/ipa/", quantity=2)


def by_an_agent(ada):
    open_door()
    call(pair_agent(ada), "add_to_order", item="IPA", quantity=2, idempotency_key="one")


def rung_in(ada):
    bar_tabs.ring_in(ada, "IPA", 2, [], "", create_staff_user("sam"), "form-1")


def as_the_usual(ada):
    ada.returning_guest = ReturningGuest.objects.create(
        usual_order=[{"item": "IPA", "quantity": 2, "modifiers": []}]
    )
    ada.save()
    say(ada, "my usual, please")


ROADS = [in_words, by_a_tap, by_an_agent, rung_in, as_the_usual]


@pytest.mark.parametrize("road", ROADS)
def test_every_road_has_the_price_of_the_hour(ada, clock, road):
    happy_hour()
    road(ada)
    assert sold(ada) == [(2, "IPA", 4_80, 6_00, "Happy hour")]
    assert bills.bill_of(ada).due_cents == 9_60


@pytest.mark.parametrize("road", ROADS)
def test_ten_minutes_after_its_end_no_road_has_it_any_more(ada, clock, road):
    happy_hour()
    clock.at(19, 10)
    road(ada)
    assert sold(ada) == [(2, "IPA", 6_00, None, "")]


def test_the_tap_says_the_price_that_was_charged(ada, clock):
    happy_hour()
    page = guest_for_visit(ada)
    page.open_page()
    assert "IPA" in page.page
    page.submit_form("/order/ipa/", quantity=2)
    assert "$9.60" in visible_text(page.page)


def test_what_was_quoted_before_the_end_is_honoured_ten_minutes(ada, clock):
    happy_hour()
    clock.at(19, 0)
    order(ada, "IPA")
    clock.at(19, 9, 59)
    order(ada, "IPA")
    clock.at(19, 10)
    order(ada, "IPA")
    assert [line[2] for line in sold(ada)] == [4_80, 4_80, 6_00]


def test_nothing_is_sold_at_it_before_it_begins(ada, clock):
    happy_hour()
    clock.at(16, 59, 59)
    order(ada, "IPA")
    clock.at(17)
    order(ada, "IPA")
    assert [line[2] for line in sold(ada)] == [6_00, 4_80]


def test_a_line_keeps_its_price_and_one_more_of_it_has_that_of_now(ada, clock):
    happy_hour()
    line = order(ada, "IPA")
    clock.at(18, 30)
    orders.set_quantity(ada, line, 2, make_context())
    assert sold(ada) == [(2, "IPA", 4_80, 6_00, "Happy hour")]
    clock.at(20)
    orders.set_quantity(ada, line, 3, make_context())
    assert sold(ada) == [(2, "IPA", 4_80, 6_00, "Happy hour"), (1, "IPA", 6_00, None, "")]
    assert bills.bill_of(ada).due_cents == 15_60


def test_a_rule_that_comes_or_goes_changes_no_line(ada, clock):
    order(ada, "IPA")
    rule = happy_hour()
    order(ada, "IPA")
    rule.delete()
    assert [line[2:] for line in sold(ada)] == [(6_00, None, ""), (4_80, 6_00, "Happy hour")]


def test_the_same_drink_made_otherwise_later_keeps_what_was_taken_off(ada, clock):
    add_rule(items=["Whiskey"], kind="amount", cents=3_00)
    line = order(ada, "Whiskey")
    clock.at(21)
    doubled = orders.replace_line(ada, line, "Whiskey", ["double"], None, make_context())
    assert (doubled.unit_cents, doubled.list_unit_cents, doubled.price_rule) == (9_00, 12_00, "Happy hour")
    other = orders.replace_line(ada, doubled, "Gin", [], None, make_context())
    assert (other.unit_cents, other.price_rule) == (8_00, "")
    assert assert_ledger_consistent()


def test_a_modifier_has_its_own_price_at_every_hour(ada, clock):
    add_rule(items=["Whiskey"], rate_milli=50_000)
    assert order(ada, "Whiskey", modifiers=["double"]).unit_cents == 8_00  # half of 8.00, and 4.00


def test_a_repeated_request_after_the_end_is_the_first_line(ada, clock):
    happy_hour()
    first = orders.add_line(ada, "IPA", 1, [], make_context("tap-1"))
    clock.at(21)
    again = orders.add_line(ada, "IPA", 1, [], make_context("tap-1"))
    assert (again.pk, again.unit_cents) == (first.pk, 4_80)


def test_voids_comps_and_moves_are_at_the_price_of_the_line(ada, ben, clock):
    happy_hour()
    line = order(ada, "IPA", 3)
    tickets.fire_ticket(ada, make_context(), skip_hold=True)
    clock.at(22)
    corrections.void_line(line, 1, by_mo())
    assert bills.bill_of(ada).due_cents == 9_60
    tab_moves.move_drinks(ada, ben, {1: 1}, create_staff_user("mo"), "form-1")
    assert sold(ada) == sold(ben) == [(1, "IPA", 4_80, 6_00, "Happy hour")]
    corrections.comp_line(OrderLine.objects.get(pk=line.pk), by_mo())
    assert (bills.bill_of(ada).due_cents, bills.bill_of(ben).due_cents) == (0, 4_80)
    assert assert_ledger_consistent()


def test_tax_by_class_is_on_what_was_paid(ada, clock):
    germany()
    add_rule(items=["IPA"], kind="fixed", cents=4_76)
    order(ada, "IPA")
    clock.at(20)
    order(ada, "IPA")
    (tax,) = bills.bill_of(ada).taxes
    assert (tax.net_cents, tax.tax_cents) == (9_04, 1_72)  # 19 % in 4.76 + 6.00
    assert assert_ledger_consistent()


def test_a_lemonade_with_a_shot_in_it_is_alcohol_for_the_law(menu, clock):
    add_rule(items=["Lemonade"], kind="amount", cents=1_00)
    forbid_alcohol_promotions()
    lemonade, gin = drink("Lemonade"), drink("Martini").find_modifier("gin")
    assert gin is not None
    assert price_line(lemonade, [], is_alcohol_excluded=True).cents == 1_00
    assert price_line(lemonade, [gin], is_alcohol_excluded=True).cents == 2_00 + gin.price_cents


def test_nothing_that_is_sent_sets_a_price(ada, clock):
    happy_hour()
    clock.at(20)
    page = guest_for_visit(ada)
    page.open_page()
    page.post_forged("/order/ipa/", quantity=1, price="1", unit_cents="1", price_rule="Happy hour")
    assert sold(ada) == [(1, "IPA", 6_00, None, "")]


def test_page_tab_receipt_and_export_say_what_it_was(ada, clock):
    happy_hour()
    page = guest_for_visit(ada)
    menu = visible_text(page.open_page())
    assert "IPA ⚠ ask a person first Happy hour until 19:00 $4.80 $6.00" in menu
    assert "Happy hour until 19:00" in FormBrowser(sam_client()).open(f"/bar/tab/{_saved(ada).code}/")
    order(ada, "IPA", 2)
    assert "Happy hour, instead of $12.00" in visible_text(page.open_page())
    clock.at(19)
    assert "until 19:00" not in visible_text(page.open_page())
    pay_bill(ada)
    receipt = visible_text(page.open_page(f"/tab/{latest_tab(ada).code}/receipt/"))
    assert "IPA Happy hour, instead of $12.00 $9.60" in receipt
    assert LedgerEntry.objects.get(account="sales", quantity=2).unit_cents == 4_80
    row = next(row for row in exported("sales", clock.now) if row["item"] == "IPA")
    assert (row["price_rule"], row["unit_cents"], row["list_unit_cents"]) == ("Happy hour", 4_80, 6_00)


def _saved(visit):
    order(visit, "Water")
    orders.clear_lines(visit, make_context())
    return visit


def test_the_usual_that_is_kept_holds_no_price(ada, clock):
    happy_hour()
    order(ada, "IPA")
    kept = returning_guests.save_usual(ada).usual_order
    assert kept == [{"item": "IPA", "quantity": 1, "modifiers": []}]
