"""What staff put right: a part of a bill on the house, a whole tab off, a tab that owes nothing, a tip."""

import pytest

from bartender.errors import AlreadyStarted, NoSuchLine
from bartender.services import bills, corrections, orders, tickets
from maya_site.core.money import apportion
from payments import ledger
from payments.errors import OperationNotAllowed, TabClosed
from payments.ledger import OperationContext, TipRule
from payments.models import LedgerEntry
from tests.bartender.staff_fixtures import create_staff_user, pay_bill
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab, snapshot_database

pytestmark = pytest.mark.django_db


def by_mo(reason="It came warm", key=""):
    return OperationContext(key or make_context().key, actor="staff:mo", source="admin", reason=reason)


def tips_of(tab):
    rows = LedgerEntry.objects.filter(tab=tab, account="tips").values_list("tip_recipient__username", "cents")
    found: dict[str, int] = {}
    for person, cents in rows:
        found[person or ""] = found.get(person or "", 0) - cents
    return {person: cents for person, cents in found.items() if cents}


def test_the_house_pays_half_of_a_drink_and_the_guest_the_rest(ada):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    corrections.comp_line(line, by_mo(), cents=5_50)
    bill = bills.bill_of(ada)

    assert (bill.discount_cents, bill.due_cents, bill.lines[0].cents) == (5_50, 5_50, 5_50)
    corrections.comp_line(line, by_mo())
    with pytest.raises(OperationNotAllowed, match="nothing left"):
        corrections.comp_line(line, by_mo(), cents=1)
    assert bills.bill_of(ada).due_cents == 0
    assert assert_ledger_consistent()


def test_an_amount_off_the_tab_is_shared_among_its_lines_to_the_cent(ada):
    for drink in ("Negroni", "IPA", "Whiskey"):
        orders.add_line(ada, drink, 1, [], make_context())
    why = by_mo()
    corrections.comp_tab(latest_tab(ada), 10_00, why)
    before = snapshot_database()
    corrections.comp_tab(latest_tab(ada), 10_00, why)

    assert snapshot_database() == before
    assert [line.comped_cents for line in ada.lines.order_by("id")] == [4_40, 2_40, 3_20]
    assert assert_ledger_consistent()


def test_what_rounding_leaves_over_goes_to_the_largest_remainder():
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(10, [0, 3, 7]) == [0, 3, 7]
    assert apportion(5, [0, 0]) == [3, 2]


def test_staff_take_off_what_the_bar_has_begun_and_a_guest_cannot(ada):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    ticket = tickets.fire_ticket(ada, make_context())
    tickets.bump_ticket(ticket)
    with pytest.raises(AlreadyStarted):
        orders.remove_line(ada, line, 1, make_context())
    corrections.void_line(line, 1, by_mo())

    assert bills.bill_of(ada).due_cents == 11_00
    with pytest.raises(NoSuchLine):
        corrections.void_line(line, 2, by_mo())
    assert assert_ledger_consistent()


def test_a_voided_tab_takes_comps_and_tip_with_it_in_one_journal(ada):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    orders.add_line(ada, "IPA", 1, [], make_context())
    corrections.comp_line(line, by_mo(), cents=3_00)
    bills.set_tip(ada, TipRule(cents=4_00), make_context())
    why = by_mo()
    corrections.void_tab(latest_tab(ada), why)
    corrections.void_tab(latest_tab(ada), why)
    tab = latest_tab(ada)

    assert (tab.status, tab.due_cents, tab.units, tab.journals.filter(kind="close").count()) == (
        "voided",
        0,
        0,
        1,
    )
    assert bills.bill_of(ada).lines == ()
    with pytest.raises(TabClosed):
        corrections.void_tab(tab, by_mo())
    assert assert_ledger_consistent()


def test_a_tab_is_not_voided_without_a_reason(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    with pytest.raises(OperationNotAllowed, match="reason"):
        corrections.void_tab(latest_tab(ada), by_mo(reason=" "))


def test_a_guest_whose_drinks_are_on_the_house_asks_for_the_bill_and_is_done(ada):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    corrections.comp_line(line, by_mo())
    bill = bills.request_bill(ada, make_context())

    assert (bill.status, bill.payment, bill.paid_cents) == ("paid", None, 0)
    assert ada.tickets.count() == 1
    assert assert_ledger_consistent()


def test_a_tab_that_owes_something_is_not_closed_for_nothing(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    with pytest.raises(OperationNotAllowed, match="owes nothing"):
        corrections.close_comped_tab(latest_tab(ada), by_mo())


def test_the_tip_is_for_whoever_served_first_and_only_once_it_is_paid(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.set_tip(ada, TipRule(cents=5_00), make_context())
    ticket = tickets.fire_ticket(ada, make_context())
    tickets.bump_ticket(ticket, create_staff_user("sam"))
    tickets.bump_ticket(ticket, create_staff_user("mo"))
    assert tips_of(latest_tab(ada)) == {"": 5_00}
    pay_bill(ada)

    assert tips_of(latest_tab(ada)) == {"sam": 5_00}
    ledger.assign_tip(latest_tab(ada), None, by_mo())
    assert tips_of(latest_tab(ada)) == {"": 5_00}
    tickets.bump_ticket(ticket, create_staff_user("mo"))  # it was said whose the tip is
    assert tips_of(latest_tab(ada)) == {"": 5_00}
    assert assert_ledger_consistent()
