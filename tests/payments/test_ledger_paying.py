"""From the bill to the paid tab: the amount is due and fixed, one link is live, and then nothing changes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bartender.services import bills, orders
from bartender.services.visits import expire_visits
from maya_site.lib.errors import Busy
from payments import checkout, ledger
from payments.errors import BadAmount, NoPayment, NothingToPay, TabClosed, TabFrozen
from payments.ledger import Sale, Terms, TipRule
from payments.models import Payment, Tab
from tests.cast import cause
from tests.payments.book import (
    a_tab,
    attempt_of,
    card_of,
    everything,
    in_order,
    now,
    paid,
    sell,
    shown_link,
    tab_of,
    tip,
)

pytestmark = pytest.mark.django_db
Status = Payment.Status


def test_the_bill_asks_for_exactly_what_is_due():
    tab = tip(sell(a_tab(tax_rate_bp=825), 2), bp=2_000)
    payment = checkout.propose(tab, cause())
    assert payment.amount_cents == 20_00 + 1_65 + 4_00 == now(tab).due_cents
    assert now(tab).status == Tab.Status.CLOSING


def test_a_tab_with_the_bill_out_is_frozen():
    tab = sell(a_tab(), 2)
    checkout.propose(tab, cause())
    before = everything()
    for change in (
        lambda: sell(tab),
        lambda: ledger.void(tab, [Sale("line", 1, 10_00)], cause()),
        lambda: tip(tab, bp=1_000),
        lambda: ledger.freeze(tab, cause()),
        lambda: ledger.close_empty(tab, cause()),
    ):
        with pytest.raises(TabFrozen):
            change()
        assert everything() == before


def test_paying_settles_the_tab_and_leaves_nothing_due():
    tab = paid(tip(sell(a_tab(), 2), cents=5_00))
    assert (tab.status, tab.paid_cents, tab.due_cents) == ("paid", 25_00, 0)
    assert tab.closed_at is not None
    assert in_order()


def test_a_paid_tab_never_changes_again():
    tab = paid(sell(a_tab(), 2))
    before = everything()
    for change in (
        lambda: sell(tab),
        lambda: ledger.void(tab, [Sale("line", 1, 10_00)], cause()),
        lambda: tip(tab, bp=1_000),
        lambda: ledger.freeze(tab, cause()),
        lambda: ledger.reopen(tab, cause()),
        lambda: ledger.close_empty(tab, cause()),
        lambda: checkout.propose(tab, cause()),
    ):
        with pytest.raises(TabClosed):
            change()
    checkout.reopen(tab, cause())
    assert everything() == before


def test_a_voided_tab_never_changes_again():
    tab = ledger.close_empty(a_tab(), cause()).tab
    assert tab.status == Tab.Status.VOIDED
    with pytest.raises(TabClosed):
        sell(tab)
    assert in_order()


def test_only_an_empty_tab_is_voided():
    with pytest.raises(BadAmount, match="empty"):
        ledger.close_empty(sell(a_tab()), cause())


def test_there_is_nothing_to_pay_on_an_empty_tab(ada):
    with pytest.raises(NothingToPay):
        bills.ask_to_pay(ada, cause())
    with pytest.raises(NothingToPay):
        checkout.propose(a_tab(), cause())


def test_the_next_order_after_paying_opens_a_new_tab(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    first = paid(tab_of(ada))
    orders.add(ada, "IPA", 1, [], cause())
    second = tab_of(ada)
    assert second.pk != first.pk
    assert (now(first).due_cents, second.due_cents) == (0, 6_00)
    assert in_order()


def test_ordering_with_the_bill_out_takes_the_bill_back_first(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    bill = bills.ask_to_pay(ada, cause())
    bills.confirm_payment(ada, card_of(bill).nonce)
    orders.add(ada, "IPA", 1, [], cause())
    assert attempt_of(ada).status == Status.CANCELLED
    assert bills.bill_of(ada).status == "open"
    with pytest.raises(NoPayment):
        bills.confirm_payment(ada, card_of(bill).nonce)


def test_the_rare_order_proposed_expired_new_and_paid():
    tab = sell(a_tab(), 2)
    first = shown_link(tab)
    assert checkout.expire(first).status == Status.EXPIRED
    assert now(tab).status == Tab.Status.OPEN
    sell(tab, 1, 5_00, "one more")
    second = shown_link(tab)
    assert second.amount_cents == 25_00
    with pytest.raises(NoPayment):
        checkout.settle(first, cause())
    assert in_order()
    checkout.settle(second, cause())
    with pytest.raises(NoPayment):
        checkout.settle(first, cause())
    assert now(tab).paid_cents == 25_00
    assert in_order()


def test_money_that_comes_after_the_end_of_an_attempt_is_not_booked():
    tab = sell(a_tab(), 2)
    payment = shown_link(tab)
    checkout.expire(payment)
    before = everything()
    with pytest.raises(NoPayment):
        checkout.settle(payment, cause())
    assert everything() == before


def test_an_attempt_that_succeeded_neither_expires_nor_fails():
    tab = sell(a_tab(), 2)
    payment = shown_link(tab)
    checkout.settle(payment, cause())
    before = everything()
    for status in (Status.EXPIRED, Status.FAILED, Status.CANCELLED):
        assert checkout.give_up(payment, status, cause()).status == Status.SUCCEEDED
    assert everything() == before


def test_a_declined_payment_opens_the_tab_again():
    tab = sell(a_tab(), 2)
    checkout.give_up(shown_link(tab), Status.FAILED, cause())
    assert now(tab).status == Tab.Status.OPEN
    assert paid(tab).due_cents == 0


def test_nothing_is_settled_before_the_guest_said_yes():
    tab = sell(a_tab(), 2)
    payment = checkout.propose(tab, cause())
    with pytest.raises(NoPayment):
        checkout.settle(payment, cause())
    assert now(tab).paid_cents == 0


@pytest.mark.parametrize("nonce", ["", "wrong", "é", "\ud800", "0" * 32])
def test_a_wrong_nonce_confirms_nothing(nonce):
    tab = sell(a_tab(), 2)
    checkout.propose(tab, cause())
    with pytest.raises(NoPayment):
        checkout.confirm(tab, nonce)


def test_another_amount_or_currency_is_not_taken():
    tab = sell(a_tab(), 2)
    payment = shown_link(tab)
    for name, value in (("amount_cents", 19_99), ("currency", "EUR")):
        Payment.objects.filter(pk=payment.pk).update(**{name: value})
        before = everything()
        with pytest.raises(BadAmount, match="does not match"):
            checkout.settle(payment, cause())
        assert everything() == before
        Payment.objects.filter(pk=payment.pk).update(amount_cents=20_00, currency="USD")


def test_the_sweep_ends_what_is_overdue_and_nothing_else():
    late, early = shown_link(sell(a_tab())), shown_link(sell(a_tab()))
    Payment.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert checkout.expire_overdue() == 1
    assert checkout.expire_overdue() == 0
    assert Payment.objects.get(pk=early.pk).status == Status.LINK_OPEN
    assert in_order()


def test_a_tab_that_is_held_does_not_hold_up_the_sweep(monkeypatch):
    stuck, late = shown_link(sell(a_tab())), shown_link(sell(a_tab()))
    Payment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    lock = ledger.lock

    def busy(tab):
        if tab.pk == stuck.tab_id:
            raise Busy
        return lock(tab)

    monkeypatch.setattr(ledger, "lock", busy)
    assert checkout.expire_overdue() == 1
    assert Payment.objects.get(pk=late.pk).status == Status.EXPIRED


def test_a_new_venue_policy_binds_new_tabs_only():
    tab = sell(a_tab("guest", unit_cap=5), 5)
    assert ledger.open_tab("guest", Terms(unit_cap=1)).pk == tab.pk
    assert now(tab).unit_cap == 5


def test_play_money_is_booked_apart_from_real_money():
    tab = paid(sell(a_tab(), 2))
    accounts = dict(tab.entries.filter(cents__gt=0).values_list("account", "cents"))
    assert accounts == {"receivable": 20_00, "mock_clearing": 20_00}


def test_the_price_of_a_line_stays_though_the_menu_changes(ada):
    from bartender.menu.snapshot import menu_changed
    from bartender.records.menu import MenuItem

    line = orders.add(ada, "Negroni", 2, [], cause())
    MenuItem.objects.filter(name="Negroni").update(price_cents=99_00)
    menu_changed()
    assert bills.bill_of(ada).due_cents == 22_00
    orders.set_quantity(ada, line, 1, cause())
    assert bills.bill_of(ada).due_cents == 11_00
    orders.set_quantity(ada, line, 2, cause())  # one more, at today's price: a line of its own
    assert [(row.quantity, row.unit_cents) for row in bills.bill_of(ada).lines] == [(1, 11_00), (1, 99_00)]
    assert in_order()


def test_an_unpaid_tab_is_flagged_when_its_guest_is_gone_and_stays_as_it_is(ada, ben):
    orders.add(ada, "Negroni", 2, [], cause())
    bills.set_tip(ada, TipRule(bp=1_000), cause())
    type(ada).objects.update(seen_at=timezone.now() - timedelta(hours=3))
    assert expire_visits() == {"closed": 2, "flagged": 1}
    tab = tab_of(ada)
    assert tab.flagged_at is not None
    assert (tab.status, tab.due_cents) == ("open", 24_20)
    assert expire_visits() == {"closed": 0, "flagged": 0}
    assert in_order()


def test_a_bill_and_its_link_are_of_one_visit(ada, ben):
    orders.add(ada, "Negroni", 1, [], cause())
    orders.add(ben, "IPA", 1, [], cause())
    hers = bills.ask_to_pay(ada, cause())
    bills.ask_to_pay(ben, cause())
    with pytest.raises(NoPayment):
        bills.confirm_payment(ben, card_of(hers).nonce)


def test_what_a_tab_holds_is_locked_on_postgresql_and_the_write_lock_is_taken_first_on_sqlite():
    if connection.vendor == "sqlite":
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        return
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as asked:
        ledger.lock(a_tab())
    assert asked[-1]["sql"].endswith("FOR UPDATE")
