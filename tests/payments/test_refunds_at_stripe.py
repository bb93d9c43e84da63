"""Money back at Stripe, whatever goes wrong on the way: once, or pending until it is looked up."""

import pytest

from payments import refunds
from payments.errors import BadAmount
from payments.ledger import Cause
from payments.settling import catch_up
from tests.cast import cause
from tests.payments.at_stripe import asked_to_pay, pays, says_yes
from tests.payments.book import in_order, tab_of
from tests.payments.conftest import SECRET
from tests.vendors.stripe.messenger import came_of

pytestmark = pytest.mark.django_db


def by_mo():
    return Cause(cause().key, actor="staff:mo", source="admin", reason="It came warm")


@pytest.fixture
def paid(ada, either_stripe):
    """Ada has paid 22.00 at Stripe, by its API or through its MCP server."""
    payment = says_yes(asked_to_pay(ada))
    pays(either_stripe, payment)
    return catch_up(payment, cause())


@pytest.fixture
def stripe(either_stripe):
    return either_stripe


def at_stripe(stripe):
    return [one["amount"] for one in stripe.books.of("refund")]


def test_money_goes_back_at_stripe_and_in_the_book(paid, stripe, ada):
    row = refunds.pursue(refunds.promise(paid, 5_00, by_mo()))

    assert (row.status, at_stripe(stripe), tab_of(ada).refunded_cents) == ("succeeded", [500], 5_00)
    assert str(row.reference).startswith("re_")
    assert refunds.pursue(row) == row
    assert at_stripe(stripe) == [500]
    assert in_order()


@pytest.mark.parametrize("fault", ["500", "429", "reset", "500 after", "reset after", "timeout after"])
def test_after_any_fault_it_is_given_back_once(paid, stripe, ada, settings, fault):
    settings.TILL_READ_SECONDS = 0.4
    stripe.fault("MCP PostRefunds" if settings.STRIPE_MCP_URL else "POST /v1/refunds", fault, 2)
    row = refunds.pursue(refunds.promise(paid, 5_00, by_mo()))
    if row.status == "pending":
        assert tab_of(ada).refunded_cents == 0
        assert refunds.left_of(paid) == 17_00, "a promise counts"
        with pytest.raises(BadAmount):
            refunds.promise(paid, 18_00, by_mo())
        stripe.heal()
        refunds.pursue_all()
    row.refresh_from_db()

    assert (row.status, at_stripe(stripe), tab_of(ada).refunded_cents) == ("succeeded", [500], 5_00)
    assert in_order()


def news_of(stripe, kind="refund.created"):
    return next(event for event in reversed(stripe.books.events) if event["type"] == kind)


def test_news_of_a_refund_books_what_was_unclear(
    paid, stripe, ada, settings, django_capture_on_commit_callbacks
):
    settings.TILL_TRIES = 1
    place = "MCP PostRefunds" if settings.STRIPE_MCP_URL else "POST /v1/refunds"
    stripe.fault("MCP GetRefunds", "reset", 9)
    stripe.fault(place, "reset after")
    row = refunds.pursue(refunds.promise(paid, 5_00, by_mo()))
    assert (row.status, at_stripe(stripe)) == ("pending", [500])
    stripe.heal()

    with django_capture_on_commit_callbacks(execute=True):
        assert came_of(news_of(stripe, "charge.refunded"), SECRET) == "refund"
    assert (tab_of(ada).refunded_cents, at_stripe(stripe)) == (5_00, [500])
    assert in_order()


def test_a_bank_that_turns_a_refund_away_days_later_flags_the_tab(
    paid, stripe, ada, django_capture_on_commit_callbacks
):
    row = refunds.pursue(refunds.promise(paid, 5_00, by_mo()))
    stripe.books.objects[row.reference]["status"] = "failed"
    event = news_of(stripe, "charge.refunded") | {"id": "evt_late", "type": "refund.failed"}
    with django_capture_on_commit_callbacks(execute=True):
        assert came_of(event, SECRET) == "refund"
    assert tab_of(ada).flagged_at
