"""A link that is out is ended at the till first, and only then may the tab change."""

import pytest

from bartender.services import bills, orders
from maya_site.core.errors import ProviderDown
from payments.bar_payments import record_bar_payment
from payments.errors import LineLimit, LinkStillOpen, OperationNotAllowed
from payments.ledger import TipRule
from payments.models import Journal, LedgerEntry, SimulatedLink
from payments.providers.simulated import SimulatedProvider
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import (
    assert_ledger_consistent,
    latest_payment,
    latest_tab,
    payment_card_of,
)


@pytest.fixture
def at_the_till(ada):
    """Ada has her link and could pay it any moment."""
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.confirm_payment(ada, payment_card_of(bills.request_bill(ada, make_context())).nonce)
    return ada


def link_state() -> str:
    return SimulatedLink.objects.get().state


def test_ordering_again_ends_the_link_at_the_till(at_the_till):
    orders.add_line(at_the_till, "IPA", 1, [], make_context())
    assert (link_state(), latest_payment(at_the_till).status) == ("expired", "cancelled")
    assert latest_tab(at_the_till).due_cents == 28_00
    assert assert_ledger_consistent()


def test_a_wish_that_is_refused_leaves_the_link_as_it_is(at_the_till):
    with pytest.raises(LineLimit):
        orders.add_line(at_the_till, "IPA", 13, [], make_context())
    assert (link_state(), latest_payment(at_the_till).status) == ("open", "link_open")
    assert latest_tab(at_the_till).status == "closing"


def test_another_tip_brings_another_bill_also_when_it_is_asked_for_twice(at_the_till):
    why = make_context()
    for _ in range(2):
        bill = bills.set_tip(at_the_till, TipRule(basis_points=2_000), why)
    assert (bill.status, payment_card_of(bill).amount_cents) == ("closing", 26_40)
    assert [one.status for one in latest_tab(at_the_till).payments.order_by("id")] == ["cancelled", "created"]
    assert assert_ledger_consistent()


def test_what_was_paid_a_moment_earlier_is_settled_and_the_drink_goes_on_a_new_tab(at_the_till):
    first = latest_tab(at_the_till)
    SimulatedProvider().approve(SimulatedLink.objects.get().reference)
    orders.add_line(at_the_till, "IPA", 1, [], make_context())
    first.refresh_from_db()
    assert (first.status, latest_tab(at_the_till).due_cents) == ("paid", 6_00)
    assert assert_ledger_consistent()


def test_while_the_till_does_not_answer_the_tab_stays_frozen(at_the_till, monkeypatch):
    def away(till: SimulatedProvider, reference: str) -> None:
        raise ProviderDown(till.name, "asleep")

    monkeypatch.setattr(SimulatedProvider, "cancel_link", away)
    for wish in (
        lambda: orders.add_line(at_the_till, "IPA", 1, [], make_context()),
        lambda: bills.decline_payment(at_the_till, make_context()),
    ):
        with pytest.raises(LinkStillOpen, match="does not answer"):
            wish()
    assert (latest_tab(at_the_till).status, latest_tab(at_the_till).units) == ("closing", 2)
    assert assert_ledger_consistent()


def test_staff_take_cash_for_a_bill_whose_link_is_out(at_the_till):
    tab = latest_tab(at_the_till)
    paid = record_bar_payment(tab, "cash", "staff:Dee", "card machine away")
    again = record_bar_payment(tab, "cash", "staff:Dee", "card machine away")
    assert paid == again
    assert (paid.provider, paid.amount_cents, link_state()) == ("bar_cash", 22_00, "expired")
    assert LedgerEntry.objects.get(account="drawer").cents == 22_00
    assert Journal.objects.get(kind="payment").actor == "staff:Dee"
    assert assert_ledger_consistent()


def test_cash_is_not_taken_twice_for_what_was_paid_by_card(at_the_till):
    SimulatedProvider().approve(SimulatedLink.objects.get().reference)
    assert record_bar_payment(latest_tab(at_the_till), "cash", "staff:Dee").provider == "simulated"
    assert not LedgerEntry.objects.filter(account="drawer").exists()
    assert assert_ledger_consistent()


@pytest.mark.parametrize("tender, actor", [("shells", "staff:Dee"), ("cash", "guest")])
def test_only_staff_take_money_and_only_in_known_ways(at_the_till, tender, actor):
    with pytest.raises(OperationNotAllowed):
        record_bar_payment(latest_tab(at_the_till), tender, actor)
