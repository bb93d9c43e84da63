"""Whatever goes wrong on the way to Stripe: one link at most can be paid, and the guest hears the truth.

Each row of the table is a fault of F16; `python -m pytest tests/payments/test_till_faults.py -s` prints it.
"""

import pytest

from bartender.services import bills, orders
from maya_site.core.errors import Refusal
from payments import checkout
from payments.bar_payments import record_bar_payment
from payments.errors import LinkStillOpen, PayAtTheBar, PaymentUnclear
from payments.models import Payment, SimulatedLink
from payments.settlement import reconcile_payment
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_payment, latest_tab
from tests.payments.stripe_checkout import (
    confirm_pending_payment,
    open_checkout,
    order_and_request_bill,
    pay_at_stripe,
)

pytestmark = pytest.mark.django_db

BEFORE = ["500", "500 html", "409", "429", "garbage", "reset", "timeout"]
AFTER = ["500 after", "garbage after", "reset after", "timeout after"]
OVER_MCP = ["500", "500 after", "429", "timeout", "timeout after"]


@pytest.fixture
def impatient(settings):
    settings.TILL_READ_SECONDS = 0.4
    settings.PRODUCTION = True


def payable(stripe, payment):
    made = [*stripe.books.sessions_of(payment.code), *stripe.books.of("payment_link")]
    return [one for one in made if one.get("active") or one.get("status") == "open"]


def yes_until_it_works(visit):
    said: list[str] = []
    for _ in range(4):
        try:
            return confirm_pending_payment(visit), said
        except Refusal as refusal:
            said.append(type(refusal).__name__)
    raise AssertionError(f"no link after all: {said}")


@pytest.mark.parametrize("fault", BEFORE + AFTER)
def test_a_fault_of_the_api_makes_one_link_and_no_second_one(ada, stripe, impatient, fault, capsys):
    stripe.fault("POST /v1/checkout/sessions", fault, 2)
    payment, said = yes_until_it_works(order_and_request_bill(ada))
    with capsys.disabled():
        print(f"\nF16 api  {fault:14} {', '.join(said) or 'link at once':40}", end=" ")
    assert len(payable(stripe, payment)) == 1
    assert set(said) <= {"PaymentUnclear", "PayAtTheBar"}
    pay_at_stripe(stripe, payment)
    assert reconcile_payment(payment, make_context()).status == "succeeded"
    assert stripe.books.balance == 22_00
    assert assert_ledger_consistent()


@pytest.mark.parametrize("fault", OVER_MCP)
def test_a_fault_over_mcp_makes_one_link_and_no_second_one(ada, stripe, impatient, settings, fault, capsys):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    settings.STRIPE_API_BASE, stripe.key = "http://127.0.0.1:9", settings.STRIPE_SECRET_KEY
    stripe.fault("MCP PostPaymentLinks", fault, 2)
    payment, said = yes_until_it_works(order_and_request_bill(ada))
    with capsys.disabled():
        print(f"\nF16 mcp  {fault:14} {', '.join(said) or 'link at once':40}", end=" ")
    assert len(payable(stripe, payment)) == 1
    pay_at_stripe(stripe, payment)
    assert reconcile_payment(payment, make_context()).status == "succeeded"
    assert stripe.books.balance == 22_00


def test_who_cannot_look_after_an_unclear_failure_still_asks_nobody_else(ada, stripe, impatient, settings):
    """The server made the link, did not say so, and does not let itself be searched either."""
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    stripe.fault("MCP PostPaymentLinks", "reset after")
    stripe.fault("MCP GetPaymentLinks", "reset", 9)
    order_and_request_bill(ada)
    with pytest.raises(PaymentUnclear):
        confirm_pending_payment(ada)
    stripe.heal()
    assert len(payable(stripe, confirm_pending_payment(ada))) == 1


def test_after_an_unclear_failure_nobody_else_is_asked(ada, stripe, impatient, settings):
    settings.STRIPE_MCP_URL = stripe.mcp_address
    stripe.fault("POST /v1/checkout/sessions", "timeout", 2)
    with pytest.raises(PaymentUnclear):
        confirm_pending_payment(order_and_request_bill(ada))
    stripe.fault("", "reset", 9)
    with pytest.raises(PaymentUnclear):
        confirm_pending_payment(ada)
    stripe.heal()
    assert stripe.times_asked("MCP") == 0
    assert confirm_pending_payment(ada).provider == "stripe"


def test_where_the_first_is_certainly_away_the_other_one_is_asked(ada, stripe, settings):
    settings.STRIPE_MCP_URL, settings.STRIPE_API_BASE = stripe.mcp_address, "http://127.0.0.1:9"
    payment = confirm_pending_payment(order_and_request_bill(ada))
    assert payment.provider == "stripe_mcp"


def test_outside_production_the_simulated_till_comes_last_and_says_what_it_is(ada, stripe, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    payment = confirm_pending_payment(order_and_request_bill(ada))
    assert payment.provider == "simulated"
    assert SimulatedLink.objects.count() == 1


def test_in_production_the_guest_pays_at_the_bar_and_staff_see_the_tab(ada, stripe, settings):
    settings.STRIPE_API_BASE, settings.PRODUCTION = "http://127.0.0.1:9", True
    order_and_request_bill(ada)
    with pytest.raises(PayAtTheBar, match="pay at the bar"):
        confirm_pending_payment(ada)
    tab = latest_tab(ada)
    assert (tab.status, bool(tab.flagged_at), latest_payment(ada).status) == ("closing", True, "created")
    assert record_bar_payment(tab, "card", "staff:Dee").provider == "bar_card"
    assert assert_ledger_consistent()


def test_without_any_till_the_bill_is_shown_and_paid_at_the_bar(ada, settings):
    settings.PRODUCTION = True
    order_and_request_bill(ada)
    with pytest.raises(PayAtTheBar):
        confirm_pending_payment(ada)
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert latest_tab(ada).due_cents == 28_00


def test_while_stripe_is_away_an_open_link_keeps_the_tab_frozen(ada, stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    stripe.fault("", "reset", 9)
    with pytest.raises(LinkStillOpen):
        orders.add_line(ada, "IPA", 1, [], make_context())
    stripe.heal()
    pay_at_stripe(stripe, payment)
    assert reconcile_payment(payment, make_context()).status == "succeeded"


def test_no_link_expires_without_stripes_word(ada, stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    Payment.objects.update(expires_at="2020-01-01T00:00:00Z")
    pay_at_stripe(stripe, payment)
    assert checkout.expire_overdue_payments() == 0
    assert latest_payment(ada).status == "succeeded"


def test_who_orders_on_after_an_unclear_answer_leaves_no_payable_link(ada, stripe, impatient, drained):
    stripe.fault("POST /v1/checkout/sessions", "timeout after", 2)
    with pytest.raises(PaymentUnclear):
        confirm_pending_payment(order_and_request_bill(ada))
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert len(stripe.books.of("checkout.session")) == 1
    drained(minutes=2)
    assert [one["status"] for one in stripe.books.of("checkout.session")] == ["expired"]
    assert assert_ledger_consistent()


def test_a_bank_that_decides_in_days_is_waited_for(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    session = open_checkout(either_stripe, payment)
    either_stripe.books.pay_later(session["id"])
    assert reconcile_payment(payment, make_context()).status == "link_open"
    with pytest.raises(Refusal, match="being paid"):
        bills.decline_payment(ada, make_context())
    either_stripe.books.decide(session["id"], paid=True)
    assert reconcile_payment(payment, make_context()).status == "succeeded"
    assert assert_ledger_consistent()


def test_a_bank_that_says_no_in_the_end_opens_the_tab_again(ada, stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    session = open_checkout(stripe, payment)
    stripe.books.pay_later(session["id"])
    stripe.books.decide(session["id"], paid=False)
    assert reconcile_payment(payment, make_context()).status == "failed"
    assert latest_tab(ada).status == "open"


def test_a_paid_mcp_link_is_closed_behind_the_guest(ada, stripe, settings, drained):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(stripe, payment)
    reconcile_payment(payment, make_context())
    drained()
    assert not stripe.books.objects[payment.reference]["active"]


def test_an_mcp_server_that_cannot_say_what_was_paid_is_not_used(ada, stripe, settings):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    stripe.mcp.offer("blind")
    assert confirm_pending_payment(order_and_request_bill(ada)).provider == "stripe"


def test_the_server_may_change_its_tools_overnight(ada, ben, stripe, settings):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    confirm_pending_payment(order_and_request_bill(ada))
    stripe.mcp.offer("legacy")
    payment, said = yes_until_it_works(order_and_request_bill(ben))
    assert (payment.provider, said) == ("stripe_mcp", ["PaymentUnclear"])
