"""From the bill to the paid tab: the amount is due and fixed, one link is live, and then nothing changes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bartender.services import bills, orders
from bartender.services.visits import expire_visits
from maya_site.core.errors import Busy
from payments import checkout, ledger
from payments.errors import NoOpenPayment, NothingToPay, OperationNotAllowed, TabClosed, TabFrozen
from payments.ledger import Sale, TabTerms, TipRule
from payments.models import Payment, Tab
from payments.reopen_tab import reopen_tab
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import (
    add_tip,
    assert_ledger_consistent,
    latest_payment,
    latest_tab,
    make_tab,
    open_payment_link,
    payment_card_of,
    reload_tab,
    sell,
    settle_tab,
    snapshot_database,
)

pytestmark = pytest.mark.django_db
Status = Payment.Status


def test_the_bill_asks_for_exactly_what_is_due():
    tab = add_tip(sell(make_tab(tax_rate_bp=825), 2), bp=2_000)
    payment = checkout.propose_payment(tab, make_context())
    assert payment.amount_cents == 20_00 + 1_65 + 4_00 == reload_tab(tab).due_cents
    assert reload_tab(tab).status == Tab.Status.CLOSING


def test_a_tab_with_the_bill_out_is_frozen():
    tab = sell(make_tab(), 2)
    checkout.propose_payment(tab, make_context())
    before = snapshot_database()
    for change in (
        lambda: sell(tab),
        lambda: ledger.void(tab, [Sale("line", 1, 10_00)], make_context()),
        lambda: add_tip(tab, bp=1_000),
        lambda: ledger.freeze(tab, make_context()),
        lambda: ledger.close_empty_tab(tab, make_context()),
    ):
        with pytest.raises(TabFrozen):
            change()
        assert snapshot_database() == before


def test_paying_settles_the_tab_and_leaves_nothing_due():
    tab = settle_tab(add_tip(sell(make_tab(), 2), cents=5_00))
    assert (tab.status, tab.paid_cents, tab.due_cents) == ("paid", 25_00, 0)
    assert tab.closed_at is not None
    assert assert_ledger_consistent()


def test_a_paid_tab_never_changes_again():
    tab = settle_tab(sell(make_tab(), 2))
    before = snapshot_database()
    for change in (
        lambda: sell(tab),
        lambda: ledger.void(tab, [Sale("line", 1, 10_00)], make_context()),
        lambda: add_tip(tab, bp=1_000),
        lambda: ledger.freeze(tab, make_context()),
        lambda: ledger.reopen(tab, make_context()),
        lambda: ledger.close_empty_tab(tab, make_context()),
        lambda: checkout.propose_payment(tab, make_context()),
    ):
        with pytest.raises(TabClosed):
            change()
    reopen_tab(tab, make_context())
    assert snapshot_database() == before


def test_a_voided_tab_never_changes_again():
    tab = ledger.close_empty_tab(make_tab(), make_context()).tab
    assert tab.status == Tab.Status.VOIDED
    with pytest.raises(TabClosed):
        sell(tab)
    assert assert_ledger_consistent()


def test_only_an_empty_tab_is_voided():
    with pytest.raises(OperationNotAllowed, match="empty"):
        ledger.close_empty_tab(sell(make_tab()), make_context())


def test_there_is_nothing_to_pay_on_an_empty_tab(ada):
    with pytest.raises(NothingToPay):
        bills.request_bill(ada, make_context())
    with pytest.raises(NothingToPay):
        checkout.propose_payment(make_tab(), make_context())


def test_the_next_order_after_paying_opens_a_new_tab(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    first = settle_tab(latest_tab(ada))
    orders.add_line(ada, "IPA", 1, [], make_context())
    second = latest_tab(ada)
    assert second.pk != first.pk
    assert (reload_tab(first).due_cents, second.due_cents) == (0, 6_00)
    assert assert_ledger_consistent()


def test_ordering_with_the_bill_out_takes_the_bill_back_first(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bill = bills.request_bill(ada, make_context())
    bills.confirm_payment(ada, payment_card_of(bill).nonce)
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert latest_payment(ada).status == Status.CANCELLED
    assert bills.bill_of(ada).status == "open"
    with pytest.raises(NoOpenPayment):
        bills.confirm_payment(ada, payment_card_of(bill).nonce)


def test_the_rare_order_proposed_expired_new_and_paid():
    tab = sell(make_tab(), 2)
    first = open_payment_link(tab)
    assert checkout.expire_payment(first).status == Status.EXPIRED
    assert reload_tab(tab).status == Tab.Status.OPEN
    sell(tab, 1, 5_00, "one more")
    second = open_payment_link(tab)
    assert second.amount_cents == 25_00
    with pytest.raises(NoOpenPayment):
        checkout.mark_paid(first, make_context())
    assert assert_ledger_consistent()
    checkout.mark_paid(second, make_context())
    with pytest.raises(NoOpenPayment):
        checkout.mark_paid(first, make_context())
    assert reload_tab(tab).paid_cents == 25_00
    assert assert_ledger_consistent()


def test_money_that_comes_after_the_end_of_an_attempt_is_not_booked():
    tab = sell(make_tab(), 2)
    payment = open_payment_link(tab)
    checkout.expire_payment(payment)
    before = snapshot_database()
    with pytest.raises(NoOpenPayment):
        checkout.mark_paid(payment, make_context())
    assert snapshot_database() == before


def test_an_attempt_that_succeeded_neither_expires_nor_fails():
    tab = sell(make_tab(), 2)
    payment = open_payment_link(tab)
    checkout.mark_paid(payment, make_context())
    before = snapshot_database()
    for status in (Status.EXPIRED, Status.FAILED, Status.CANCELLED):
        assert checkout.end_attempt(payment, status, make_context()).status == Status.SUCCEEDED
    assert snapshot_database() == before


def test_a_declined_payment_opens_the_tab_again():
    tab = sell(make_tab(), 2)
    checkout.end_attempt(open_payment_link(tab), Status.FAILED, make_context())
    assert reload_tab(tab).status == Tab.Status.OPEN
    assert settle_tab(tab).due_cents == 0


def test_nothing_is_settled_before_the_guest_said_yes():
    tab = sell(make_tab(), 2)
    payment = checkout.propose_payment(tab, make_context())
    with pytest.raises(NoOpenPayment):
        checkout.mark_paid(payment, make_context())
    assert reload_tab(tab).paid_cents == 0


@pytest.mark.parametrize("nonce", ["", "wrong", "é", "\ud800", "0" * 32])
def test_a_wrong_nonce_confirms_nothing(nonce):
    tab = sell(make_tab(), 2)
    checkout.propose_payment(tab, make_context())
    with pytest.raises(NoOpenPayment):
        checkout.confirm_payment(tab, nonce)


def test_another_amount_or_currency_is_not_taken():
    tab = sell(make_tab(), 2)
    payment = open_payment_link(tab)
    for name, value in (("amount_cents", 19_99), ("currency", "EUR")):
        Payment.objects.filter(pk=payment.pk).update(**{name: value})
        before = snapshot_database()
        with pytest.raises(OperationNotAllowed, match="does not match"):
            checkout.mark_paid(payment, make_context())
        assert snapshot_database() == before
        Payment.objects.filter(pk=payment.pk).update(amount_cents=20_00, currency="USD")


def test_the_sweep_ends_what_is_overdue_and_nothing_else():
    late, early = open_payment_link(sell(make_tab())), open_payment_link(sell(make_tab()))
    Payment.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert checkout.expire_overdue_payments() == 1
    assert checkout.expire_overdue_payments() == 0
    assert Payment.objects.get(pk=early.pk).status == Status.LINK_OPEN
    assert assert_ledger_consistent()


def test_a_tab_that_is_held_does_not_hold_up_the_sweep(monkeypatch):
    stuck, late = open_payment_link(sell(make_tab())), open_payment_link(sell(make_tab()))
    Payment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    lock = ledger.lock_tab

    def busy(tab):
        if tab.pk == stuck.tab_id:
            raise Busy
        return lock(tab)

    monkeypatch.setattr(ledger, "lock_tab", busy)
    assert checkout.expire_overdue_payments() == 1
    assert Payment.objects.get(pk=late.pk).status == Status.EXPIRED


def test_a_new_venue_policy_binds_new_tabs_only():
    tab = sell(make_tab("guest", unit_cap=5), 5)
    assert ledger.get_or_open_tab("guest", TabTerms(unit_cap=1)).pk == tab.pk
    assert reload_tab(tab).unit_cap == 5


def test_play_money_is_booked_apart_from_real_money():
    tab = settle_tab(sell(make_tab(), 2))
    accounts = dict(tab.entries.filter(cents__gt=0).values_list("account", "cents"))
    assert accounts == {"receivable": 20_00, "mock_clearing": 20_00}


def test_the_price_of_a_line_stays_though_the_menu_changes(ada):
    from bartender.menu.snapshot import mark_menu_changed
    from bartender.models.menu import MenuItem

    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    MenuItem.objects.filter(name="Negroni").update(price_cents=99_00)
    mark_menu_changed()
    assert bills.bill_of(ada).due_cents == 22_00
    orders.set_quantity(ada, line, 1, make_context())
    assert bills.bill_of(ada).due_cents == 11_00
    orders.set_quantity(ada, line, 2, make_context())  # one more, at today's price: a line of its own
    assert [(row.quantity, row.unit_cents) for row in bills.bill_of(ada).lines] == [(1, 11_00), (1, 99_00)]
    assert assert_ledger_consistent()


def test_an_unpaid_tab_is_flagged_when_its_guest_is_gone_and_stays_as_it_is(ada, ben):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.set_tip(ada, TipRule(basis_points=1_000), make_context())
    type(ada).objects.update(last_seen_at=timezone.now() - timedelta(hours=3))
    assert expire_visits() == {"closed": 2, "flagged": 1}
    tab = latest_tab(ada)
    assert tab.flagged_at is not None
    assert (tab.status, tab.due_cents) == ("open", 24_20)
    assert expire_visits() == {"closed": 0, "flagged": 0}
    assert assert_ledger_consistent()


def test_a_bill_and_its_link_are_of_one_visit(ada, ben):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    orders.add_line(ben, "IPA", 1, [], make_context())
    hers = bills.request_bill(ada, make_context())
    bills.request_bill(ben, make_context())
    with pytest.raises(NoOpenPayment):
        bills.confirm_payment(ben, payment_card_of(hers).nonce)


def test_what_a_tab_holds_is_locked_on_postgresql_and_the_write_lock_is_taken_first_on_sqlite():
    if connection.vendor == "sqlite":
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        return
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as asked:
        ledger.lock_tab(make_tab())
    assert asked[-1]["sql"].endswith("FOR NO KEY UPDATE")
