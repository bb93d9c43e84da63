"""A link that is out is ended at the till first, and only then may the tab change."""

import pytest

from bartender.services import bills, orders
from maya_site.lib.errors import ProviderDown
from payments.drawer import settle_at_bar
from payments.errors import BadAmount, LineLimit, LinkStillOpen
from payments.ledger import TipRule
from payments.models import Journal, LedgerEntry, PlayLink
from payments.providers.simulated import SimulatedTill
from tests.cast import cause
from tests.payments.book import attempt_of, card_of, in_order, tab_of


@pytest.fixture
def at_the_till(ada):
    """Ada has her link and could pay it any moment."""
    orders.add(ada, "Negroni", 2, [], cause())
    bills.confirm_payment(ada, card_of(bills.ask_to_pay(ada, cause())).nonce)
    return ada


def link_state() -> str:
    return PlayLink.objects.get().state


def test_ordering_again_ends_the_link_at_the_till(at_the_till):
    orders.add(at_the_till, "IPA", 1, [], cause())
    assert (link_state(), attempt_of(at_the_till).status) == ("expired", "cancelled")
    assert tab_of(at_the_till).due_cents == 28_00
    assert in_order()


def test_a_wish_that_is_refused_leaves_the_link_as_it_is(at_the_till):
    with pytest.raises(LineLimit):
        orders.add(at_the_till, "IPA", 13, [], cause())
    assert (link_state(), attempt_of(at_the_till).status) == ("open", "link_open")
    assert tab_of(at_the_till).status == "closing"


def test_another_tip_brings_another_bill_also_when_it_is_asked_for_twice(at_the_till):
    why = cause()
    for _ in range(2):
        bill = bills.set_tip(at_the_till, TipRule(bp=2_000), why)
    assert (bill.status, card_of(bill).amount_cents) == ("closing", 26_40)
    assert [one.status for one in tab_of(at_the_till).payments.order_by("id")] == ["cancelled", "created"]
    assert in_order()


def test_what_was_paid_a_moment_earlier_is_settled_and_the_drink_goes_on_a_new_tab(at_the_till):
    first = tab_of(at_the_till)
    SimulatedTill().approve(PlayLink.objects.get().reference)
    orders.add(at_the_till, "IPA", 1, [], cause())
    first.refresh_from_db()
    assert (first.status, tab_of(at_the_till).due_cents) == ("paid", 6_00)
    assert in_order()


def test_while_the_till_does_not_answer_the_tab_stays_frozen(at_the_till, monkeypatch):
    def away(till: SimulatedTill, reference: str) -> None:
        raise ProviderDown(till.name, "asleep")

    monkeypatch.setattr(SimulatedTill, "cancel_link", away)
    for wish in (
        lambda: orders.add(at_the_till, "IPA", 1, [], cause()),
        lambda: bills.not_yet(at_the_till, cause()),
    ):
        with pytest.raises(LinkStillOpen, match="does not answer"):
            wish()
    assert (tab_of(at_the_till).status, tab_of(at_the_till).units) == ("closing", 2)
    assert in_order()


def test_staff_take_cash_for_a_bill_whose_link_is_out(at_the_till):
    tab = tab_of(at_the_till)
    paid = settle_at_bar(tab, "cash", "staff:Dee", "card machine away")
    again = settle_at_bar(tab, "cash", "staff:Dee", "card machine away")
    assert paid == again
    assert (paid.provider, paid.amount_cents, link_state()) == ("bar_cash", 22_00, "expired")
    assert LedgerEntry.objects.get(account="drawer").cents == 22_00
    assert Journal.objects.get(kind="payment").actor == "staff:Dee"
    assert in_order()


def test_cash_is_not_taken_twice_for_what_was_paid_by_card(at_the_till):
    SimulatedTill().approve(PlayLink.objects.get().reference)
    assert settle_at_bar(tab_of(at_the_till), "cash", "staff:Dee").provider == "simulated"
    assert not LedgerEntry.objects.filter(account="drawer").exists()
    assert in_order()


@pytest.mark.parametrize("tender, actor", [("shells", "staff:Dee"), ("cash", "guest")])
def test_only_staff_take_money_and_only_in_known_ways(at_the_till, tender, actor):
    with pytest.raises(BadAmount):
        settle_at_bar(tab_of(at_the_till), tender, actor)
