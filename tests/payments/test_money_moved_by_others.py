"""What a guest's bank and the account's owner do to money at Stripe: on the tab, before staff, each once."""

import itertools

import pytest

from maya_site.tasks.worker import run_due_tasks
from payments import event_polling, money_notices, refunds, reports
from payments.models import Dispute, Journal, LedgerEntry, MoneyNotice, Tab
from payments.settlement import reconcile_payment
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import make_context
from tests.payments.conftest import SECRET
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab
from tests.payments.stripe_checkout import confirm_pending_payment, order_and_request_bill, pay_at_stripe
from tests.vendors.stripe.webhook_sender import process_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(ada, either_stripe):
    """Ada has paid 22.00 at Stripe, by its API or through its MCP server."""
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(either_stripe, payment)
    return reconcile_payment(payment, make_context())


@pytest.fixture
def stripe(either_stripe):
    return either_stripe


def refunded_at_the_dashboard(stripe, payment, cents):
    return stripe.books.make_refund({"payment_intent": payment.intent, "amount": cents})


def full_dispute(stripe, payment, end="won"):
    """Made, its money taken, given back where the bar wins, closed."""
    dispute = stripe.books.dispute(payment.intent)
    stripe.books.withdraw(dispute["id"])
    if end == "won":
        stripe.books.reinstate(dispute["id"])
    stripe.books.close_dispute(dispute["id"], end)
    return dispute


def process_events_about(stripe, *begins):
    found = [one for one in stripe.books.events if one["type"].startswith(begins)]
    return [process_event(event, SECRET) for event in found]


def moved(ada):
    tab = latest_tab(ada)
    entries = LedgerEntry.objects.filter(tab=tab, account="disputes").order_by("pk")
    return [entry.cents for entry in entries]


def notices():
    return [one.message for one in money_notices.unacknowledged_notices()]


def test_a_refund_from_the_dashboard_is_on_the_tab_and_before_staff(paid, stripe, ada):
    before = latest_tab(ada)
    made = refunded_at_the_dashboard(stripe, paid, 5_00)

    assert set(process_events_about(stripe, "charge.refunded", "refund.")) == {"refund"}
    tab = latest_tab(ada)
    assert (tab.status, tab.refunded_cents, tab.paid_cents) == ("paid", 5_00, before.paid_cents)
    assert tab.flagged_at
    row = paid.refunds.get()
    assert (row.reference, row.status, row.actor) == (made["id"], "succeeded", refunds.PROVIDER_ACTOR)
    assert notices() == [
        f"$5.00 of tab {tab.code[:8]} went back at the provider's dashboard, not from here: succeeded."
    ]
    assert refunds.refundable_cents(paid) == 17_00
    assert assert_ledger_consistent()


def test_a_dispute_is_before_staff_before_its_money_moves(paid, stripe, ada):
    stripe.books.dispute(paid.intent)

    assert process_events_about(stripe, "charge.dispute.") == ["dispute"]
    tab = latest_tab(ada)
    assert (tab.status, tab.disputed_cents, moved(ada)) == ("paid", 0, [])
    assert notices() == [
        f"A guest's bank disputes $22.00 of tab {tab.code[:8]}: needs response. "
        "Answer at the provider's dashboard."
    ]
    assert tab.flagged_at
    assert assert_ledger_consistent()


def test_money_that_a_bank_took_and_gave_back_is_booked_once_each(paid, stripe, ada):
    dispute = stripe.books.dispute(paid.intent)
    stripe.books.withdraw(dispute["id"])
    process_events_about(stripe, "charge.dispute.")
    assert (moved(ada), latest_tab(ada).disputed_cents) == ([22_00], 22_00)
    assert "It has taken $22.00 back." in notices()[0]
    assert refunds.refundable_cents(paid) == 0, "what the bank has cannot be given back once more"

    stripe.books.reinstate(dispute["id"])
    stripe.books.close_dispute(dispute["id"], "won")
    process_events_about(stripe, "charge.dispute.")
    assert (moved(ada), latest_tab(ada).disputed_cents) == ([22_00, -22_00], 0)
    assert notices() == [
        f"A guest's bank disputes $22.00 of tab {latest_tab(ada).code[:8]}: won. The money is back."
    ]
    assert assert_ledger_consistent()


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_in_any_order_and_twice_the_book_is_the_same(paid, stripe, ada, order):
    full_dispute(stripe, paid)
    events = [one for one in stripe.books.events if one["type"].startswith("charge.dispute.")]
    for at in (*order, *reversed(order)):
        assert process_event(events[at], SECRET) == "dispute"

    assert moved(ada) == [22_00, -22_00]
    assert Dispute.objects.get().status == "won"
    assert MoneyNotice.objects.count() == 1
    assert assert_ledger_consistent()


def test_a_lost_dispute_leaves_the_till_what_the_bank_left_it(paid, stripe, ada):
    full_dispute(stripe, paid, "lost")
    process_events_about(stripe, "charge.dispute.")

    assert (latest_tab(ada).disputed_cents, latest_tab(ada).status) == (22_00, "paid")
    column = reports.build_figures(list(Journal.objects.values_list("pk", flat=True)))["real"]
    assert (column["received_cents"], column["disputed_cents"], column["kept_cents"]) == (22_00, 22_00, 0)
    assert assert_ledger_consistent()


def test_without_any_event_the_sweep_finds_both(paid, stripe, ada):
    event_polling.poll_events()
    refunded_at_the_dashboard(stripe, paid, 2_00)
    full_dispute(stripe, paid)
    assert event_polling.poll_events() > 0
    while run_due_tasks():
        pass

    assert (latest_tab(ada).refunded_cents, moved(ada)) == (2_00, [22_00, -22_00])
    assert len(notices()) == 2
    stripe.asked.clear()
    assert event_polling.poll_events() == 0, "the same news again is none"
    asked = [what for what in stripe.asked if what != ("POST", "/mcp")]
    assert asked in ([("GET", "/v1/events")], [("MCP", "GetEvents")]), "one question, however much has been"
    assert assert_ledger_consistent()


def test_where_events_may_not_be_read_refunds_and_disputes_are(paid, stripe, ada, settings):
    refunded_at_the_dashboard(stripe, paid, 2_00)
    dispute = stripe.books.dispute(paid.intent)
    by_mcp = bool(settings.STRIPE_MCP_URL)
    stripe.fault("MCP GetEvents" if by_mcp else "GET /v1/events", "forbidden", 9)
    event_polling.poll_events()
    assert (latest_tab(ada).refunded_cents, len(notices())) == (2_00, 2)

    stripe.books.withdraw(dispute["id"])
    event_polling.poll_events()
    assert moved(ada) == [22_00]
    assert assert_ledger_consistent()


def test_a_till_that_is_away_is_asked_again_for_the_same_time(paid, stripe, ada, settings):
    settings.TILL_TRIES = 1
    event_polling.poll_events()
    refunded_at_the_dashboard(stripe, paid, 2_00)
    for door in ("POST /mcp", "GET /v1/events"):
        stripe.fault(door, "reset", 9)
    assert event_polling.poll_events() == 0
    stripe.heal()
    event_polling.poll_events()
    while run_due_tasks():
        pass
    assert latest_tab(ada).refunded_cents == 2_00


def test_news_that_comes_before_we_know_the_payment_waits(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    session = pay_at_stripe(either_stripe, payment)
    refund = either_stripe.books.make_refund({"payment_intent": session["payment_intent"], "amount": 1_00})
    event = next(one for one in either_stripe.books.events if one["type"] == "refund.created")

    assert refund["status"] == "succeeded"
    assert process_event(event, SECRET) == "pending"
    reconcile_payment(payment, make_context())
    assert process_event(event, SECRET) == "refund"
    assert latest_tab(ada).refunded_cents == 1_00


def test_somebody_elses_charge_is_nobodys_notice(paid, stripe):
    other = stripe.books._create_object(
        "pi", "payment_intent", amount=900, currency="usd", status="succeeded", metadata={}
    )
    stripe.books.dispute(other["id"])
    event = stripe.books.events[-1]
    while process_event(event, SECRET) == "pending":
        pass

    assert (notices(), Dispute.objects.count()) == ([], 0)


def test_a_refund_of_ours_that_the_bank_turns_away_later_is_before_staff(paid, stripe, ada):
    row = refunds.process_refund(refunds.request_refund(paid, 5_00, by_mo()))
    process_events_about(stripe, "charge.refunded", "refund.")
    assert notices() == [], "what the house did itself is no news to it"
    stripe.books.fail_refund(row.reference)
    process_events_about(stripe, "refund.failed")

    assert "is succeeded here and failed at the provider" in notices()[0]
    assert latest_tab(ada).flagged_at


def by_mo():
    from payments.ledger import OperationContext

    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="It came warm")


def test_a_seen_notice_is_unseen_again_when_it_changes(paid, stripe, ada):
    dispute = stripe.books.dispute(paid.intent)
    process_events_about(stripe, "charge.dispute.")
    notice = money_notices.unacknowledged_notices().get()
    assert money_notices.acknowledge_notice(notice, create_staff_user("mo"))
    assert not money_notices.acknowledge_notice(notice, create_staff_user("lee"))
    process_events_about(stripe, "charge.dispute.")
    assert notices() == []

    stripe.books.withdraw(dispute["id"])
    process_events_about(stripe, "charge.dispute.funds_withdrawn")
    assert len(notices()) == 1
    assert Tab.objects.get(pk=notice.tab_id).status == "paid"
