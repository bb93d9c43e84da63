"""Staff, guests and the close of the day at the same moment. PostgreSQL locks rows; SQLite has one writer."""

import threading
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from bartender.records.menu import Venue
from bartender.services import amends, bills, closing, orders, sharing
from bartender.services.days import business_day
from bartender.services.visits import open_visit
from payments import checkout, ledger, refunds, reports, splitting
from payments.ledger import Cause
from payments.models import Journal, LedgerEntry, Payment, Refund, Share, ZJournal, ZReport
from tests.cast import cause
from tests.payments.book import a_tab, in_order, paid, sell, tab_of
from tests.payments.test_ledger_races import (
    again,
    at_the_till,
    confirm,
    drinking,
    link,
    pay,
    without_the_lock,
)
from tests.payments.together import refused, together

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="set DATABASE_URL to a PostgreSQL server"),
]
ROUNDS = 6


def by_mo():
    return Cause(cause().key, actor="staff:mo", source="admin", reason="warm")


def promise(payment, cents):
    return lambda: refunds.promise(payment, cents, by_mo())


def test_two_refunds_at_once_never_give_back_more_than_was_paid():
    for _ in range(ROUNDS):
        payment = paid(sell(a_tab(), 2)).payments.get()
        answers = together(promise(payment, 15_00), promise(payment, 15_00), promise(payment, 5_00))
        assert len(refused(answers)) in (1, 2)
        assert sum(row.amount_cents for row in payment.refunds.all()) <= 20_00
    assert refunds.pursue_all() > 0
    assert in_order()


def test_without_the_lock_two_refunds_give_back_too_much_and_the_audit_sees_it(monkeypatch):
    """The control: this is what the lock is for."""
    monkeypatch.setattr(ledger, "lock", without_the_lock)
    barrier = threading.Barrier(2)
    left = refunds.left_of

    def slowly(payment):
        found = left(payment)
        barrier.wait(10)
        return found

    monkeypatch.setattr(refunds, "left_of", slowly)
    payment = paid(sell(a_tab(), 2)).payments.get()
    answers = together(promise(payment, 15_00), promise(payment, 15_00))
    assert refused(answers) == []
    with pytest.raises(AssertionError, match="m15_no_more_goes_back_than_was_paid"):
        in_order()
    Refund.objects.all().delete()


def test_one_refund_that_two_pursue_is_booked_once():
    for _ in range(ROUNDS):
        payment = paid(sell(a_tab(), 2)).payments.get()
        row = refunds.promise(payment, 7_00, by_mo())
        together(*[lambda r=row: refunds.pursue(r)] * 3)
        refunds.pursue(row)
        assert Journal.objects.filter(tab=payment.tab, kind="refund").count() == 1
    assert in_order()


def a_split_bill():
    host, guest = drinking(), open_visit()
    sharing.join(guest, sharing.token_of(sharing.invite(host)))
    sharing.equally(host, cause())
    return host, list(Share.objects.filter(split__tab=tab_of(host)).order_by("id"))


def test_two_shares_are_paid_at_once_and_the_tab_is_paid_once(menu):
    for _ in range(ROUNDS):
        host, shares = a_split_bill()
        attempts = [splitting.pay(share, share.nonce) for share in shares]
        answers = together(*[lambda p=one: checkout.settle(p, cause()) for one in attempts])
        assert refused(answers) == []
        assert tab_of(host).status == "paid"
    assert in_order()


def test_one_share_pressed_twice_has_one_link(menu):
    for _ in range(ROUNDS):
        _host, shares = a_split_bill()
        together(*[lambda s=shares[0]: splitting.pay(s, s.nonce)] * 3)
        assert Payment.objects.live().filter(share=shares[0]).count() == 1
    assert in_order()


def test_undoing_a_split_while_a_share_is_paid_is_one_or_the_other(menu):
    for _ in range(ROUNDS):
        host, shares = a_split_bill()
        attempt = splitting.pay(shares[0], shares[0].nonce)
        tab = tab_of(host)
        settled, undone = partial(checkout.settle, attempt, cause()), partial(splitting.undo, tab, cause())
        together(settled, undone)
        tab = tab_of(host)
        assert (tab.status, tab.paid_cents > 0) in (("open", False), ("closing", True))
    assert in_order()


def void(visit):
    line = visit.lines.get()
    return lambda: amends.void_line(line, 1, by_mo())


def comp(visit):
    tab = tab_of(visit)
    return lambda: amends.comp_tab(tab, 5_00, by_mo())


def settle(visit):
    payment = link(visit)
    return lambda: checkout.settle(payment, cause())


@pytest.mark.parametrize("deed", [void, comp])
@pytest.mark.parametrize("opened, other", [(drinking, pay), (drinking, confirm), (at_the_till, settle)])
def test_a_deed_and_a_payment_at_once_are_one_after_the_other(menu, deed, opened, other):
    for _ in range(ROUNDS):
        visit = opened()
        together(deed(visit), other(visit))
        card = bills.bill_of(again(visit)).payment
        assert card is None or card.amount_cents == tab_of(visit).due_cents
    assert in_order()


def today():
    return business_day(Venue.here(), datetime.now(UTC)).date


def test_a_sale_that_commits_after_the_close_is_in_no_report_yet_and_never_lost(menu):
    """The sale's clock is before the close and its commit after it: by the clock it would be in neither."""
    visit, sold, closed = drinking(), threading.Event(), threading.Event()

    def a_slow_sale():
        with transaction.atomic():
            orders.add(again(visit), "IPA", 1, [], cause())
            sold.set()
            assert closed.wait(10)

    def the_close():
        assert sold.wait(10)
        report = closing.z_report(today(), "staff:mo")
        closed.set()
        return report

    _, report = together(a_slow_sale, the_close)
    by_clock = Journal.objects.filter(at__lt=report.closed_at).values_list("pk", flat=True)
    later = closing.x_report(closing.oldest_open(Venue.here())).figures["play"]["gross_cents"]

    assert later == 6_00
    assert reports.figures(list(by_clock))["play"] != report.figures["play"], "by the clock it is lost"
    assert in_order()


def test_selling_goes_on_while_days_are_closed(menu):
    visits = [open_visit() for _ in range(3)]

    def sell_some(visit):
        def work():
            for _ in range(8):
                orders.add(visit, "Water", 1, [], cause())

        return work

    together(*map(sell_some, visits), lambda: closing.z_report(today(), "staff:mo"))
    left = Journal.objects.filter(in_report=None).count()

    assert ZJournal.objects.count() + left == Journal.objects.count()
    total = -sum(LedgerEntry.objects.filter(account="sales").values_list("cents", flat=True))
    reported = sum(row.figures["play"]["gross_cents"] for row in ZReport.objects.all())
    open_keys = list(Journal.objects.filter(in_report=None).values_list("pk", flat=True))
    assert reported + reports.figures(open_keys)["play"]["gross_cents"] == total == 24_00
    assert in_order()


def test_a_day_that_two_close_is_closed_once(menu):
    drinking()
    answers = together(*[lambda: closing.z_report(today(), "staff:mo")] * 3)

    assert refused(answers) == ["DayIsClosed", "DayIsClosed"]
    assert in_order()
