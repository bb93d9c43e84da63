"""Ada pays at Stripe, by its API or through its MCP server, and her tab knows it."""

import pytest
from django.utils import timezone

from bartender.services import bills, orders
from payments import checkout
from payments.models import LedgerEntry, Payment
from payments.providers import available_provider_names, get_provider
from payments.providers.base import LinkState, RefundRequest, RefundState
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


def test_she_pays_what_the_tab_says_with_the_tip_as_a_line_of_its_own(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada, tip=2_000))
    made = either_stripe.books.objects[payment.reference]
    assert [line["price"]["unit_amount"] for line in made["lines"]] == [22_00, 4_40]
    assert made["metadata"] == {"maya_payment": payment.code, "maya_tab": payment.tab.code}

    pay_at_stripe(either_stripe, payment)
    assert reconcile_payment(payment, make_context()).status == "succeeded"
    assert latest_tab(ada).status == "paid"
    assert LedgerEntry.objects.get(account="clearing").cents == either_stripe.books.balance == 26_40
    assert assert_ledger_consistent()


def test_coming_back_without_paying_settles_nothing(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    assert reconcile_payment(payment, make_context()).status == "link_open"
    assert (latest_tab(ada).status, either_stripe.books.balance) == ("closing", 0)


def test_ordering_again_makes_the_link_unpayable_first(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    session = open_checkout(either_stripe, payment)
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert either_stripe.books.get("checkout.session", session["id"])["status"] == "expired"
    assert (latest_payment(ada).status, latest_tab(ada).due_cents) == ("cancelled", 28_00)


def test_what_she_paid_a_second_before_is_settled_and_not_thrown_away(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(either_stripe, payment)
    bills.decline_payment(ada, make_context())
    assert (latest_payment(ada).status, latest_tab(ada).status) == ("succeeded", "paid")
    assert assert_ledger_consistent()


def test_a_link_is_for_one_payment(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(either_stripe, payment)
    with pytest.raises(Exception, match=r"no longer active|closed"):
        pay_at_stripe(either_stripe, payment)


def test_after_its_time_the_till_is_asked_and_the_link_ended_there(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    Payment.objects.update(expires_at=timezone.now())
    assert checkout.expire_overdue_payments() == 1
    assert get_provider(payment.provider).fetch_status(str(payment.reference)).state == LinkState.EXPIRED
    assert latest_tab(ada).status == "open"


def test_part_of_it_is_given_back_once(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(either_stripe, payment)
    payment = reconcile_payment(payment, make_context())
    wish = RefundRequest(
        "refund1", payment.code, str(payment.intent), 5_00, "USD", "refund:1", timezone.now()
    )
    used = get_provider(payment.provider)
    given = used.create_refund(wish)
    assert (given.state, given.amount_cents, given.refund_code) == (RefundState.SUCCEEDED, 5_00, "refund1")
    assert used.fetch_refund(given.reference) == used.find_refund(wish) == given
    assert either_stripe.books.balance == 17_00


@pytest.mark.parametrize("tools", ["legacy", "context"])
def test_other_generations_of_mcp_tools_make_a_link_as_well(ada, stripe, settings, tools):
    stripe.mcp.offer(tools)
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    payment = confirm_pending_payment(order_and_request_bill(ada, tip=1_000))
    pay_at_stripe(stripe, payment)
    assert reconcile_payment(payment, make_context()).status == "succeeded"
    assert stripe.books.balance == 24_20


@pytest.mark.parametrize(
    "chosen, key, mcp, production, expected",
    [
        ("auto", "", "", False, ["simulated"]),
        ("auto", "", "", True, []),
        ("auto", "sk_" + "test_1", "", False, ["stripe", "simulated"]),
        ("auto", "sk_" + "test_1", "", True, ["stripe"]),
        ("auto", "sk_" + "live_1", "", False, ["stripe"]),
        ("auto", "", "https://mcp", False, ["stripe_mcp", "simulated"]),
        ("stripe_mcp", "rk_" + "test_1", "https://mcp", True, ["stripe_mcp", "stripe"]),
        ("stripe", "sk_" + "test_1", "https://mcp", True, ["stripe", "stripe_mcp"]),
        ("simulated", "sk_" + "test_1", "https://mcp", False, ["simulated"]),
    ],
)
def test_who_is_asked_follows_from_the_settings(settings, chosen, key, mcp, production, expected):
    settings.PAYMENT_PROVIDER, settings.STRIPE_SECRET_KEY = chosen, key
    settings.STRIPE_MCP_URL, settings.PRODUCTION = mcp, production
    assert available_provider_names() == expected
