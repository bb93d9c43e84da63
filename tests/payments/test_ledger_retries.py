"""The same key is the same answer, and changes nothing; the same key with other words is an error."""

from collections.abc import Callable

import pytest

from bartender.errors import NothingToSend
from bartender.menu.snapshot import set_available
from bartender.models.menu import MenuItem
from bartender.services import bills, orders, tickets
from payments import checkout, ledger
from payments.errors import IdempotencyKeyReused
from payments.ledger import Sale, TipRule
from payments.models import Payment
from payments.reopen_tab import reopen_tab
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import (
    assert_ledger_consistent,
    latest_payment,
    latest_tab,
    make_tab,
    payment_card_of,
    sell,
    settle_tab,
    snapshot_database,
)

pytestmark = pytest.mark.django_db


def again(work: Callable[[], object]) -> None:
    """Done once more, it changes no row."""
    before = snapshot_database()
    work()
    assert snapshot_database() == before
    assert assert_ledger_consistent()


def test_a_charge_asked_for_twice_is_on_the_tab_once():
    tab, why = make_tab(), make_context()
    first = ledger.charge(tab, [Sale("line", 2, 10_00)], why)
    second = ledger.charge(tab, [Sale("line", 2, 10_00)], why)
    assert (first.is_new, second.is_new) == (True, False)
    assert second.journal == first.journal
    assert second.tab.units == 2


@pytest.mark.parametrize("other", [Sale("line", 3, 10_00), Sale("line", 2, 9_00), Sale("other", 2, 10_00)])
def test_the_key_of_one_charge_is_no_key_of_another(other):
    tab = sell(make_tab(), 2, context=(why := make_context()))
    before = snapshot_database()
    with pytest.raises(IdempotencyKeyReused):
        ledger.charge(tab, [other], why)
    with pytest.raises(IdempotencyKeyReused):
        ledger.void(tab, [Sale("line", 2, 10_00)], why)
    with pytest.raises(IdempotencyKeyReused):
        ledger.set_tip(tab, TipRule(basis_points=1_000), why)
    assert snapshot_database() == before


def test_two_guests_may_use_the_same_key():
    why = make_context()
    assert sell(make_tab(), context=why).units == sell(make_tab(), context=why).units == 1


def test_an_order_sent_twice_is_one_line(ada):
    why = make_context()
    first = orders.add_line(ada, "Negroni", 2, [], why)
    again(lambda: orders.add_line(ada, "negroni", 2, [], why))
    assert orders.add_line(ada, "Negroni", 2, [], why) == first


def test_an_order_sent_again_after_the_drink_sold_out_has_the_first_answer(ada):
    why = make_context()
    first = orders.add_line(ada, "Negroni", 1, [], why)
    set_available([MenuItem.objects.get(name="Negroni").pk], available=False)
    assert orders.add_line(ada, "Negroni", 1, [], why) == first


@pytest.mark.parametrize(
    "item,quantity,modifiers", [("Negroni", 3, []), ("IPA", 2, []), ("Negroni", 2, ["dry"])]
)
def test_the_key_of_one_order_is_no_key_of_another(ada, item, quantity, modifiers):
    why = make_context()
    orders.add_line(ada, "Negroni", 2, [], why)
    before = snapshot_database()
    with pytest.raises(IdempotencyKeyReused):
        orders.add_line(ada, item, quantity, modifiers, why)
    assert snapshot_database() == before


def test_an_alias_is_the_same_wish(ada):
    why = make_context()
    first = orders.add_line(ada, "Cosmopolitan", 1, ["neat"], why)
    assert orders.add_line(ada, "cosmo", 1, ["straight"], why) == first


def test_every_change_of_a_line_may_be_sent_twice(ada):
    line = orders.add_line(ada, "Negroni", 5, [], make_context())
    one, two, three = make_context(), make_context(), make_context()
    orders.remove_line(ada, line, 1, one)
    again(lambda: orders.remove_line(ada, line, 1, one))
    orders.set_quantity(ada, line, 2, two)
    again(lambda: orders.set_quantity(ada, line, 2, two))
    orders.replace_line(ada, line, "IPA", [], 1, three)
    again(lambda: orders.replace_line(ada, line, "IPA", [], 1, three))
    with pytest.raises(IdempotencyKeyReused):
        orders.remove_line(ada, line, 2, one)


def test_a_late_repetition_does_not_bring_back_an_older_quantity(ada):
    line = orders.add_line(ada, "Negroni", 5, [], make_context())
    why = make_context()
    orders.set_quantity(ada, line, 2, why)
    orders.set_quantity(ada, line, 7, make_context())
    again(lambda: orders.set_quantity(ada, line, 2, why))


def test_undo_sent_twice_takes_one_thing_back_and_says_which(ada):
    orders.add_line(ada, "IPA", 1, [], make_context())
    last = orders.add_line(ada, "Negroni", 1, [], make_context())
    why = make_context()
    assert orders.undo_last_line(ada, why) == last
    assert orders.undo_last_line(ada, why) == last
    assert [line.item for line in bills.bill_of(ada).lines] == ["IPA"]


def test_undo_of_the_only_drink_sent_twice_is_no_refusal(ada):
    last = orders.add_line(ada, "Negroni", 1, [], make_context())
    why = make_context()
    orders.undo_last_line(ada, why)
    assert orders.undo_last_line(ada, why) == last


def test_clear_sent_twice_says_both_times_how_much_it_was(ada):
    orders.add_line(ada, "IPA", 2, [], make_context())
    orders.add_line(ada, "Negroni", 1, [], make_context())
    why = make_context()
    assert orders.clear_lines(ada, why) == 3
    orders.add_line(ada, "Gin", 1, [], make_context())
    assert orders.clear_lines(ada, why) == 3
    assert bills.bill_of(ada).units == 1


def test_a_repeated_removal_does_not_take_back_a_bill_that_is_out(ada):
    line = orders.add_line(ada, "Negroni", 3, [], make_context())
    why = make_context()
    orders.remove_line(ada, line, 1, why)
    bills.request_bill(ada, make_context())
    again(lambda: orders.remove_line(ada, line, 1, why))
    assert bills.bill_of(ada).status == "closing"


def test_a_repeated_tip_does_not_cancel_the_bill_that_it_made(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.request_bill(ada, make_context())
    why = make_context()
    bill = bills.set_tip(ada, TipRule(basis_points=2_000), why)
    again(lambda: bills.set_tip(ada, TipRule(basis_points=2_000), why))
    assert bills.bill_of(ada).payment == bill.payment


def test_a_repeated_not_yet_does_not_cancel_the_next_bill(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.request_bill(ada, make_context())
    why = make_context()
    bills.decline_payment(ada, why)
    bill = bills.request_bill(ada, make_context())
    again(lambda: bills.decline_payment(ada, why))
    assert bills.bill_of(ada).payment == bill.payment


def test_asking_to_pay_twice_shows_the_same_bill(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    why = make_context()
    bill = bills.request_bill(ada, why)
    again(lambda: bills.request_bill(ada, why))
    again(lambda: bills.request_bill(ada, make_context()))
    assert bills.bill_of(ada).payment == bill.payment


def test_asking_to_pay_again_late_does_not_freeze_the_next_tab(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    why = make_context()
    bills.request_bill(ada, why)
    bills.confirm_payment(ada, payment_card_of(bills.bill_of(ada)).nonce)
    checkout.mark_paid(latest_payment(ada), make_context())
    orders.add_line(ada, "IPA", 1, [], make_context())
    again(lambda: bills.request_bill(ada, why))
    assert bills.bill_of(ada).status == "open"


def test_a_late_repetition_after_the_tab_was_paid_opens_no_new_tab(ada):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    why = make_context()
    orders.remove_line(ada, line, 1, why)
    settle_tab(latest_tab(ada))
    again(lambda: orders.remove_line(ada, line, 1, why))
    assert bills.bill_of(ada).status == "paid"


def test_sending_to_the_bar_again_late_does_not_send_the_next_tabs_drinks(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    why = make_context()
    first = tickets.fire_ticket(ada, why)
    settle_tab(latest_tab(ada))
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert tickets.fire_ticket(ada, why) == first
    assert bills.bill_of(ada).lines[0].status == "open"


def test_sending_nothing_is_refused(ada):
    with pytest.raises(NothingToSend):
        tickets.fire_ticket(ada, make_context())


def test_a_payment_that_is_told_of_by_three_messengers_is_booked_once():
    tab = sell(make_tab(), 2)
    payment = checkout.propose_payment(tab, make_context())
    payment = checkout.confirm_payment(tab, payment.nonce)
    for messenger in ("event one", "event two", "the guest came back"):
        assert checkout.mark_paid(payment, make_context(messenger)).status == Payment.Status.SUCCEEDED
    assert tab.journals.filter(kind="payment").count() == 1
    assert assert_ledger_consistent()


def test_confirming_twice_makes_one_link():
    tab = sell(make_tab(), 2)
    payment = checkout.propose_payment(tab, make_context())
    first = checkout.confirm_payment(tab, payment.nonce)
    again(lambda: checkout.confirm_payment(tab, payment.nonce))
    assert checkout.confirm_payment(tab, payment.nonce).url == first.url


def test_an_old_proposal_sent_again_answers_with_the_old_attempt():
    tab, why = sell(make_tab(), 2), make_context()
    first = checkout.propose_payment(tab, why)
    reopen_tab(tab, make_context())
    assert checkout.propose_payment(tab, why).pk == first.pk
    checkout.propose_payment(tab, make_context())
    assert checkout.propose_payment(tab, why).pk == first.pk
    with pytest.raises(IdempotencyKeyReused):
        ledger.set_tip(tab, TipRule(), why)
