"""What staff put right: a part of a bill on the house, a whole tab off, a tab that owes nothing, a tip."""

import pytest

from bartender.errors import AlreadyStarted, NoSuchLine
from bartender.services import amends, bills, orders, tickets
from maya_site.lib.money import apportion
from payments import ledger
from payments.errors import BadAmount, TabClosed
from payments.ledger import Cause, TipRule
from payments.models import LedgerEntry
from tests.cast import cause
from tests.payments.book import everything, in_order, tab_of

pytestmark = pytest.mark.django_db


def by_mo(reason="It came warm", key=""):
    return Cause(key or cause().key, actor="staff:mo", source="admin", reason=reason)


def tips_of(tab):
    rows = LedgerEntry.objects.filter(tab=tab, account="tips").values_list("reference", "cents")
    found: dict[str, int] = {}
    for person, cents in rows:
        found[person] = found.get(person, 0) - cents
    return {person: cents for person, cents in found.items() if cents}


def test_the_house_pays_half_of_a_drink_and_the_guest_the_rest(ada):
    line = orders.add(ada, "Negroni", 1, [], cause())
    amends.comp(line, by_mo(), cents=5_50)
    bill = bills.bill_of(ada)

    assert (bill.discount_cents, bill.due_cents, bill.lines[0].cents) == (5_50, 5_50, 5_50)
    amends.comp(line, by_mo())
    with pytest.raises(BadAmount, match="nothing left"):
        amends.comp(line, by_mo(), cents=1)
    assert bills.bill_of(ada).due_cents == 0
    assert in_order()


def test_an_amount_off_the_tab_is_shared_among_its_lines_to_the_cent(ada):
    for drink in ("Negroni", "IPA", "Whiskey"):
        orders.add(ada, drink, 1, [], cause())
    why = by_mo()
    amends.comp_tab(tab_of(ada), 10_00, why)
    before = everything()
    amends.comp_tab(tab_of(ada), 10_00, why)

    assert everything() == before
    assert [line.comped_cents for line in ada.lines.order_by("id")] == [4_40, 2_40, 3_20]
    assert in_order()


def test_what_rounding_leaves_over_goes_to_the_largest_remainder():
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(10, [0, 3, 7]) == [0, 3, 7]
    assert apportion(5, [0, 0]) == [3, 2]


def test_staff_take_off_what_the_bar_has_begun_and_a_guest_cannot(ada):
    line = orders.add(ada, "Negroni", 2, [], cause())
    ticket = tickets.fire(ada, cause())
    tickets.bump(ticket)
    with pytest.raises(AlreadyStarted):
        orders.remove(ada, line, 1, cause())
    amends.void_line(line, 1, by_mo())

    assert bills.bill_of(ada).due_cents == 11_00
    with pytest.raises(NoSuchLine):
        amends.void_line(line, 2, by_mo())
    assert in_order()


def test_a_voided_tab_takes_comps_and_tip_with_it_in_one_journal(ada):
    line = orders.add(ada, "Negroni", 2, [], cause())
    orders.add(ada, "IPA", 1, [], cause())
    amends.comp(line, by_mo(), cents=3_00)
    bills.set_tip(ada, TipRule(cents=4_00), cause())
    why = by_mo()
    amends.void_tab(tab_of(ada), why)
    amends.void_tab(tab_of(ada), why)
    tab = tab_of(ada)

    assert (tab.status, tab.due_cents, tab.units, tab.journals.filter(kind="close").count()) == (
        "voided",
        0,
        0,
        1,
    )
    assert bills.bill_of(ada).lines == ()
    with pytest.raises(TabClosed):
        amends.void_tab(tab, by_mo())
    assert in_order()


def test_a_tab_is_not_voided_without_a_reason(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    with pytest.raises(BadAmount, match="reason"):
        amends.void_tab(tab_of(ada), by_mo(reason=" "))


def test_a_guest_whose_drinks_are_on_the_house_asks_for_the_bill_and_is_done(ada):
    line = orders.add(ada, "Negroni", 1, [], cause())
    amends.comp(line, by_mo())
    bill = bills.ask_to_pay(ada, cause())

    assert (bill.status, bill.payment, bill.paid_cents) == ("paid", None, 0)
    assert ada.tickets.count() == 1
    assert in_order()


def test_a_tab_that_owes_something_is_not_closed_for_nothing(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    with pytest.raises(BadAmount, match="owes nothing"):
        amends.close_free(tab_of(ada), by_mo())


def test_the_tip_is_for_whoever_served_first_and_only_once_it_is_paid(ada):
    from tests.bartender.staff_cast import pay

    orders.add(ada, "Negroni", 2, [], cause())
    bills.set_tip(ada, TipRule(cents=5_00), cause())
    ticket = tickets.fire(ada, cause())
    tickets.bump(ticket, "sam")
    tickets.bump(ticket, "mo")
    assert tips_of(tab_of(ada)) == {"": 5_00}
    pay(ada)

    assert tips_of(tab_of(ada)) == {"sam": 5_00}
    ledger.tip_for(tab_of(ada), "house", by_mo())
    assert tips_of(tab_of(ada)) == {"house": 5_00}
    assert in_order()
