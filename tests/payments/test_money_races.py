"""Staff, guests and the close of the day at the same moment. PostgreSQL locks rows; SQLite has one writer."""

import threading
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from bartender.models.menu import Venue
from bartender.services import bills, business_days, corrections, orders, split_bill
from bartender.services.visits import open_visit
from maya_site.core.venue import business_day_at
from payments import checkout, ledger, refunds, reports, splits
from payments.ledger import OperationContext
from payments.models import Journal, LedgerEntry, Payment, Refund, Share, ZJournal, ZReport
from tests.guest_fixtures import make_context
from tests.payments.concurrency import refusal_messages, run_concurrently
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab, make_tab, sell, settle_tab
from tests.payments.test_ledger_races import (
    again,
    at_the_till,
    confirm,
    drinking,
    link,
    pay,
    without_the_lock,
)

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="set DATABASE_URL to a PostgreSQL server"),
]
ROUNDS = 6


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="warm")


def promise(payment, cents):
    return lambda: refunds.request_refund(payment, cents, by_mo())


def test_two_refunds_at_once_never_give_back_more_than_was_paid():
    for _ in range(ROUNDS):
        payment = settle_tab(sell(make_tab(), 2)).payments.get()
        answers = run_concurrently(promise(payment, 15_00), promise(payment, 15_00), promise(payment, 5_00))
        assert len(refusal_messages(answers)) in (1, 2)
        assert sum(row.amount_cents for row in payment.refunds.all()) <= 20_00
    assert refunds.process_pending_refunds() > 0
    assert assert_ledger_consistent()


def test_without_the_lock_two_refunds_give_back_too_much_and_the_audit_sees_it(monkeypatch):
    """The control: this is what the lock is for."""
    monkeypatch.setattr(ledger, "lock_tab", without_the_lock)
    barrier = threading.Barrier(2)
    left = refunds.refundable_cents

    def slowly(payment):
        found = left(payment)
        barrier.wait(10)
        return found

    monkeypatch.setattr(refunds, "refundable_cents", slowly)
    payment = settle_tab(sell(make_tab(), 2)).payments.get()
    answers = run_concurrently(promise(payment, 15_00), promise(payment, 15_00))
    assert refusal_messages(answers) == []
    with pytest.raises(AssertionError, match="refunds_within_amount_paid"):
        assert_ledger_consistent()
    Refund.objects.all().delete()


def test_one_refund_that_two_pursue_is_booked_once():
    for _ in range(ROUNDS):
        payment = settle_tab(sell(make_tab(), 2)).payments.get()
        row = refunds.request_refund(payment, 7_00, by_mo())
        run_concurrently(*[lambda r=row: refunds.process_refund(r)] * 3)
        refunds.process_refund(row)
        assert Journal.objects.filter(tab=payment.tab, kind="refund").count() == 1
    assert assert_ledger_consistent()


def a_split_bill():
    host, guest = drinking(), open_visit()
    split_bill.join_tab(guest, split_bill.invitation_token(split_bill.create_invitation(host)))
    split_bill.split_equally(host, make_context())
    return host, list(Share.objects.filter(split__tab=latest_tab(host)).order_by("id"))


def test_two_shares_are_paid_at_once_and_the_tab_is_paid_once(menu):
    for _ in range(ROUNDS):
        host, shares = a_split_bill()
        attempts = [splits.pay_share(share, share.nonce) for share in shares]
        answers = run_concurrently(*[lambda p=one: checkout.mark_paid(p, make_context()) for one in attempts])
        assert refusal_messages(answers) == []
        assert latest_tab(host).status == "paid"
    assert assert_ledger_consistent()


def test_one_share_pressed_twice_has_one_link(menu):
    for _ in range(ROUNDS):
        _host, shares = a_split_bill()
        run_concurrently(*[lambda s=shares[0]: splits.pay_share(s, s.nonce)] * 3)
        assert Payment.objects.live().filter(share=shares[0]).count() == 1
    assert assert_ledger_consistent()


def test_undoing_a_split_while_a_share_is_paid_is_one_or_the_other(menu):
    for _ in range(ROUNDS):
        host, shares = a_split_bill()
        attempt = splits.pay_share(shares[0], shares[0].nonce)
        tab = latest_tab(host)
        settled, undone = (
            partial(checkout.mark_paid, attempt, make_context()),
            partial(splits.undo_split, tab, make_context()),
        )
        run_concurrently(settled, undone)
        tab = latest_tab(host)
        assert (tab.status, tab.paid_cents > 0) in (("open", False), ("closing", True))
    assert assert_ledger_consistent()


def void(visit):
    line = visit.lines.get()
    return lambda: corrections.void_line(line, 1, by_mo())


def comp(visit):
    tab = latest_tab(visit)
    return lambda: corrections.comp_tab(tab, 5_00, by_mo())


def settle(visit):
    payment = link(visit)
    return lambda: checkout.mark_paid(payment, make_context())


@pytest.mark.parametrize("deed", [void, comp])
@pytest.mark.parametrize("opened, other", [(drinking, pay), (drinking, confirm), (at_the_till, settle)])
def test_a_deed_and_a_payment_at_once_are_one_after_the_other(menu, deed, opened, other):
    for _ in range(ROUNDS):
        visit = opened()
        run_concurrently(deed(visit), other(visit))
        card = bills.bill_of(again(visit)).payment
        assert card is None or card.amount_cents == latest_tab(visit).due_cents
    assert assert_ledger_consistent()


def today():
    return business_day_at(Venue.current(), datetime.now(UTC)).date


def test_a_sale_that_commits_after_the_close_is_in_no_report_yet_and_never_lost(menu):
    """The sale's clock is before the close and its commit after it: by the clock it would be in neither."""
    visit, sold, closed = drinking(), threading.Event(), threading.Event()

    def a_slow_sale():
        with transaction.atomic():
            orders.add_line(again(visit), "IPA", 1, [], make_context())
            sold.set()
            assert closed.wait(10)

    def the_close():
        assert sold.wait(10)
        report = business_days.close_business_day(today(), "staff:mo", "the race goes on")
        closed.set()
        return report

    _, report = run_concurrently(a_slow_sale, the_close)
    by_clock = Journal.objects.filter(created_at__lt=report.closed_at).values_list("pk", flat=True)
    later = business_days.build_x_report(business_days.oldest_open_date(Venue.current())).figures["play"][
        "gross_cents"
    ]

    assert later == 6_00
    assert reports.build_figures(list(by_clock))["play"] != report.figures["play"], "by the clock it is lost"
    assert assert_ledger_consistent()


def test_selling_goes_on_while_days_are_closed(menu):
    visits = [open_visit() for _ in range(3)]

    def sell_some(visit):
        def work():
            for _ in range(8):
                orders.add_line(visit, "Water", 1, [], make_context())

        return work

    run_concurrently(
        *map(sell_some, visits),
        lambda: business_days.close_business_day(today(), "staff:mo", "the race goes on"),
    )
    left = Journal.objects.filter(in_report=None).count()

    assert ZJournal.objects.count() + left == Journal.objects.count()
    total = -sum(LedgerEntry.objects.filter(account="sales").values_list("cents", flat=True))
    reported = sum(row.figures["play"]["gross_cents"] for row in ZReport.objects.all())
    open_keys = list(Journal.objects.filter(in_report=None).values_list("pk", flat=True))
    assert reported + reports.build_figures(open_keys)["play"]["gross_cents"] == total == 24_00
    assert assert_ledger_consistent()


def test_a_day_that_two_close_is_closed_once(menu):
    drinking()
    answers = run_concurrently(
        *[lambda: business_days.close_business_day(today(), "staff:mo", "the race goes on")] * 3
    )

    assert refusal_messages(answers) == ["BusinessDayClosed", "BusinessDayClosed"]
    assert assert_ledger_consistent()
