"""Money back at Stripe, whatever goes wrong on the way: once, or pending until it is looked up."""

import pytest

from payments import refunds
from payments.errors import OperationNotAllowed
from payments.ledger import OperationContext
from payments.settlement import reconcile_payment
from tests.guest_fixtures import make_context
from tests.payments.conftest import SECRET
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab
from tests.payments.stripe_checkout import confirm_pending_payment, order_and_request_bill, pay_at_stripe
from tests.vendors.stripe.webhook_sender import process_event

pytestmark = pytest.mark.django_db


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="It came warm")


@pytest.fixture
def paid(ada, either_stripe):
    """Ada has paid 22.00 at Stripe, by its API or through its MCP server."""
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(either_stripe, payment)
    return reconcile_payment(payment, make_context())


@pytest.fixture
def stripe(either_stripe):
    return either_stripe


def at_stripe(stripe):
    return [one["amount"] for one in stripe.books.of("refund")]


def test_money_goes_back_at_stripe_and_in_the_book(paid, stripe, ada):
    row = refunds.process_refund(refunds.request_refund(paid, 5_00, by_mo()))

    assert (row.status, at_stripe(stripe), latest_tab(ada).refunded_cents) == ("succeeded", [500], 5_00)
    assert str(row.reference).startswith("re_")
    assert refunds.process_refund(row) == row
    assert at_stripe(stripe) == [500]
    assert assert_ledger_consistent()


@pytest.mark.parametrize("fault", ["500", "429", "reset", "500 after", "reset after", "timeout after"])
def test_after_any_fault_it_is_given_back_once(paid, stripe, ada, settings, fault):
    settings.TILL_READ_SECONDS = 0.4
    stripe.fault("MCP PostRefunds" if settings.STRIPE_MCP_URL else "POST /v1/refunds", fault, 2)
    row = refunds.process_refund(refunds.request_refund(paid, 5_00, by_mo()))
    if row.status == "pending":
        assert latest_tab(ada).refunded_cents == 0
        assert refunds.refundable_cents(paid) == 17_00, "a promise counts"
        with pytest.raises(OperationNotAllowed):
            refunds.request_refund(paid, 18_00, by_mo())
        stripe.heal()
        refunds.process_pending_refunds()
    row.refresh_from_db()

    assert (row.status, at_stripe(stripe), latest_tab(ada).refunded_cents) == ("succeeded", [500], 5_00)
    assert assert_ledger_consistent()


def news_of(stripe, kind="refund.created"):
    return next(event for event in reversed(stripe.books.events) if event["type"] == kind)


def test_news_of_a_refund_books_what_was_unclear(
    paid, stripe, ada, settings, django_capture_on_commit_callbacks
):
    settings.TILL_TRIES = 1
    place = "MCP PostRefunds" if settings.STRIPE_MCP_URL else "POST /v1/refunds"
    stripe.fault("MCP GetRefunds", "reset", 9)
    stripe.fault(place, "reset after")
    row = refunds.process_refund(refunds.request_refund(paid, 5_00, by_mo()))
    assert (row.status, at_stripe(stripe)) == ("pending", [500])
    stripe.heal()

    with django_capture_on_commit_callbacks(execute=True):
        assert process_event(news_of(stripe, "charge.refunded"), SECRET) == "refund"
    assert (latest_tab(ada).refunded_cents, at_stripe(stripe)) == (5_00, [500])
    assert assert_ledger_consistent()


def test_a_bank_that_turns_a_refund_away_days_later_flags_the_tab(
    paid, stripe, ada, django_capture_on_commit_callbacks
):
    row = refunds.process_refund(refunds.request_refund(paid, 5_00, by_mo()))
    stripe.books.objects[row.reference]["status"] = "failed"
    event = news_of(stripe, "charge.refunded") | {"id": "evt_late", "type": "refund.failed"}
    with django_capture_on_commit_callbacks(execute=True):
        assert process_event(event, SECRET) == "refund"
    assert latest_tab(ada).flagged_at
