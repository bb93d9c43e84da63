"""The same key is the same answer, and changes nothing; the same key with other words is an error."""

from collections.abc import Callable

import pytest

from bartender.errors import NothingToSend
from bartender.menu.snapshot import set_available
from bartender.records.menu import MenuItem
from bartender.services import bills, orders, tickets
from payments import checkout, ledger
from payments.errors import KeyReused
from payments.ledger import Sale, TipRule
from payments.models import Payment
from tests.cast import cause
from tests.payments.book import a_tab, attempt_of, card_of, everything, in_order, paid, sell, tab_of

pytestmark = pytest.mark.django_db


def again(work: Callable[[], object]) -> None:
    """Done once more, it changes no row."""
    before = everything()
    work()
    assert everything() == before
    assert in_order()


def test_a_charge_asked_for_twice_is_on_the_tab_once():
    tab, why = a_tab(), cause()
    first = ledger.charge(tab, [Sale("line", 2, 10_00)], why)
    second = ledger.charge(tab, [Sale("line", 2, 10_00)], why)
    assert (first.fresh, second.fresh) == (True, False)
    assert second.journal == first.journal
    assert second.tab.units == 2


@pytest.mark.parametrize("other", [Sale("line", 3, 10_00), Sale("line", 2, 9_00), Sale("other", 2, 10_00)])
def test_the_key_of_one_charge_is_no_key_of_another(other):
    tab = sell(a_tab(), 2, why=(why := cause()))
    before = everything()
    with pytest.raises(KeyReused):
        ledger.charge(tab, [other], why)
    with pytest.raises(KeyReused):
        ledger.void(tab, [Sale("line", 2, 10_00)], why)
    with pytest.raises(KeyReused):
        ledger.set_tip(tab, TipRule(bp=1_000), why)
    assert everything() == before


def test_two_guests_may_use_the_same_key():
    why = cause()
    assert sell(a_tab(), why=why).units == sell(a_tab(), why=why).units == 1


def test_an_order_sent_twice_is_one_line(ada):
    why = cause()
    first = orders.add(ada, "Negroni", 2, [], why)
    again(lambda: orders.add(ada, "negroni", 2, [], why))
    assert orders.add(ada, "Negroni", 2, [], why) == first


def test_an_order_sent_again_after_the_drink_sold_out_has_the_first_answer(ada):
    why = cause()
    first = orders.add(ada, "Negroni", 1, [], why)
    set_available([MenuItem.objects.get(name="Negroni").pk], available=False)
    assert orders.add(ada, "Negroni", 1, [], why) == first


@pytest.mark.parametrize(
    "item,quantity,modifiers", [("Negroni", 3, []), ("IPA", 2, []), ("Negroni", 2, ["dry"])]
)
def test_the_key_of_one_order_is_no_key_of_another(ada, item, quantity, modifiers):
    why = cause()
    orders.add(ada, "Negroni", 2, [], why)
    before = everything()
    with pytest.raises(KeyReused):
        orders.add(ada, item, quantity, modifiers, why)
    assert everything() == before


def test_an_alias_is_the_same_wish(ada):
    why = cause()
    first = orders.add(ada, "Cosmopolitan", 1, ["neat"], why)
    assert orders.add(ada, "cosmo", 1, ["straight"], why) == first


def test_every_change_of_a_line_may_be_sent_twice(ada):
    line = orders.add(ada, "Negroni", 5, [], cause())
    one, two, three = cause(), cause(), cause()
    orders.remove(ada, line, 1, one)
    again(lambda: orders.remove(ada, line, 1, one))
    orders.set_quantity(ada, line, 2, two)
    again(lambda: orders.set_quantity(ada, line, 2, two))
    orders.replace(ada, line, "IPA", [], 1, three)
    again(lambda: orders.replace(ada, line, "IPA", [], 1, three))
    with pytest.raises(KeyReused):
        orders.remove(ada, line, 2, one)


def test_a_late_repetition_does_not_bring_back_an_older_quantity(ada):
    line = orders.add(ada, "Negroni", 5, [], cause())
    why = cause()
    orders.set_quantity(ada, line, 2, why)
    orders.set_quantity(ada, line, 7, cause())
    again(lambda: orders.set_quantity(ada, line, 2, why))


def test_undo_sent_twice_takes_one_thing_back_and_says_which(ada):
    orders.add(ada, "IPA", 1, [], cause())
    last = orders.add(ada, "Negroni", 1, [], cause())
    why = cause()
    assert orders.undo(ada, why) == last
    assert orders.undo(ada, why) == last
    assert [line.item for line in bills.bill_of(ada).lines] == ["IPA"]


def test_undo_of_the_only_drink_sent_twice_is_no_refusal(ada):
    last = orders.add(ada, "Negroni", 1, [], cause())
    why = cause()
    orders.undo(ada, why)
    assert orders.undo(ada, why) == last


def test_clear_sent_twice_says_both_times_how_much_it_was(ada):
    orders.add(ada, "IPA", 2, [], cause())
    orders.add(ada, "Negroni", 1, [], cause())
    why = cause()
    assert orders.clear(ada, why) == 3
    orders.add(ada, "Gin", 1, [], cause())
    assert orders.clear(ada, why) == 3
    assert bills.bill_of(ada).units == 1


def test_a_repeated_removal_does_not_take_back_a_bill_that_is_out(ada):
    line = orders.add(ada, "Negroni", 3, [], cause())
    why = cause()
    orders.remove(ada, line, 1, why)
    bills.ask_to_pay(ada, cause())
    again(lambda: orders.remove(ada, line, 1, why))
    assert bills.bill_of(ada).status == "closing"


def test_a_repeated_tip_does_not_cancel_the_bill_that_it_made(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    bills.ask_to_pay(ada, cause())
    why = cause()
    bill = bills.set_tip(ada, TipRule(bp=2_000), why)
    again(lambda: bills.set_tip(ada, TipRule(bp=2_000), why))
    assert bills.bill_of(ada).payment == bill.payment


def test_a_repeated_not_yet_does_not_cancel_the_next_bill(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    bills.ask_to_pay(ada, cause())
    why = cause()
    bills.not_yet(ada, why)
    bill = bills.ask_to_pay(ada, cause())
    again(lambda: bills.not_yet(ada, why))
    assert bills.bill_of(ada).payment == bill.payment


def test_asking_to_pay_twice_shows_the_same_bill(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    why = cause()
    bill = bills.ask_to_pay(ada, why)
    again(lambda: bills.ask_to_pay(ada, why))
    again(lambda: bills.ask_to_pay(ada, cause()))
    assert bills.bill_of(ada).payment == bill.payment


def test_asking_to_pay_again_late_does_not_freeze_the_next_tab(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    why = cause()
    bills.ask_to_pay(ada, why)
    bills.confirm_payment(ada, card_of(bills.bill_of(ada)).nonce)
    checkout.settle(attempt_of(ada), cause())
    orders.add(ada, "IPA", 1, [], cause())
    again(lambda: bills.ask_to_pay(ada, why))
    assert bills.bill_of(ada).status == "open"


def test_a_late_repetition_after_the_tab_was_paid_opens_no_new_tab(ada):
    line = orders.add(ada, "Negroni", 2, [], cause())
    why = cause()
    orders.remove(ada, line, 1, why)
    paid(tab_of(ada))
    again(lambda: orders.remove(ada, line, 1, why))
    assert bills.bill_of(ada).status == "paid"


def test_sending_to_the_bar_again_late_does_not_send_the_next_tabs_drinks(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    why = cause()
    first = tickets.fire(ada, why)
    paid(tab_of(ada))
    orders.add(ada, "IPA", 1, [], cause())
    assert tickets.fire(ada, why) == first
    assert bills.bill_of(ada).lines[0].status == "open"


def test_sending_nothing_is_refused(ada):
    with pytest.raises(NothingToSend):
        tickets.fire(ada, cause())


def test_a_payment_that_is_told_of_by_three_messengers_is_booked_once():
    tab = sell(a_tab(), 2)
    payment = checkout.propose(tab, cause())
    payment = checkout.confirm(tab, payment.nonce)
    for messenger in ("event one", "event two", "the guest came back"):
        assert checkout.settle(payment, cause(messenger)).status == Payment.Status.SUCCEEDED
    assert tab.journals.filter(kind="payment").count() == 1
    assert in_order()


def test_confirming_twice_makes_one_link():
    tab = sell(a_tab(), 2)
    payment = checkout.propose(tab, cause())
    first = checkout.confirm(tab, payment.nonce)
    again(lambda: checkout.confirm(tab, payment.nonce))
    assert checkout.confirm(tab, payment.nonce).url == first.url


def test_an_old_proposal_sent_again_answers_with_the_old_attempt():
    tab, why = sell(a_tab(), 2), cause()
    first = checkout.propose(tab, why)
    checkout.reopen(tab, cause())
    assert checkout.propose(tab, why).pk == first.pk
    checkout.propose(tab, cause())
    assert checkout.propose(tab, why).pk == first.pk
    with pytest.raises(KeyReused):
        ledger.set_tip(tab, TipRule(), why)
