"""Ada pays at Stripe, by its API or through its MCP server, and her tab knows it."""

import pytest
from django.utils import timezone

from bartender.services import bills, orders
from payments import checkout
from payments.models import LedgerEntry, Payment
from payments.providers import till, tills
from payments.providers.base import LinkState, RefundAsk, RefundState
from payments.settling import catch_up
from tests.cast import cause
from tests.payments.at_stripe import asked_to_pay, opened, pays, says_yes
from tests.payments.book import attempt_of, in_order, tab_of

pytestmark = pytest.mark.django_db


def test_she_pays_what_the_tab_says_with_the_tip_as_a_line_of_its_own(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada, tip=2_000))
    made = either_stripe.books.objects[payment.reference]
    assert [line["price"]["unit_amount"] for line in made["lines"]] == [22_00, 4_40]
    assert made["metadata"] == {"maya_payment": payment.code, "maya_tab": payment.tab.code}

    pays(either_stripe, payment)
    assert catch_up(payment, cause()).status == "succeeded"
    assert tab_of(ada).status == "paid"
    assert LedgerEntry.objects.get(account="clearing").cents == either_stripe.books.balance == 26_40
    assert in_order()


def test_coming_back_without_paying_settles_nothing(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada))
    assert catch_up(payment, cause()).status == "link_open"
    assert (tab_of(ada).status, either_stripe.books.balance) == ("closing", 0)


def test_ordering_again_makes_the_link_unpayable_first(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada))
    session = opened(either_stripe, payment)
    orders.add(ada, "IPA", 1, [], cause())
    assert either_stripe.books.get("checkout.session", session["id"])["status"] == "expired"
    assert (attempt_of(ada).status, tab_of(ada).due_cents) == ("cancelled", 28_00)


def test_what_she_paid_a_second_before_is_settled_and_not_thrown_away(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada))
    pays(either_stripe, payment)
    bills.not_yet(ada, cause())
    assert (attempt_of(ada).status, tab_of(ada).status) == ("succeeded", "paid")
    assert in_order()


def test_a_link_is_for_one_payment(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada))
    pays(either_stripe, payment)
    with pytest.raises(Exception, match=r"no longer active|closed"):
        pays(either_stripe, payment)


def test_after_its_time_the_till_is_asked_and_the_link_ended_there(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada))
    Payment.objects.update(expires_at=timezone.now())
    assert checkout.expire_overdue() == 1
    assert till(payment.provider).look(str(payment.reference)).state == LinkState.EXPIRED
    assert tab_of(ada).status == "open"


def test_part_of_it_is_given_back_once(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada))
    pays(either_stripe, payment)
    payment = catch_up(payment, cause())
    wish = RefundAsk("refund1", payment.code, str(payment.intent), 5_00, "USD", "refund:1", timezone.now())
    used = till(payment.provider)
    given = used.refund(wish)
    assert (given.state, given.cents, given.refund) == (RefundState.SUCCEEDED, 5_00, "refund1")
    assert used.look_refund(given.reference) == used.find_refund(wish) == given
    assert either_stripe.books.balance == 17_00


@pytest.mark.parametrize("tools", ["legacy", "context"])
def test_other_generations_of_mcp_tools_make_a_link_as_well(ada, stripe, settings, tools):
    stripe.mcp.offer(tools)
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    payment = says_yes(asked_to_pay(ada, tip=1_000))
    pays(stripe, payment)
    assert catch_up(payment, cause()).status == "succeeded"
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
    assert tills() == expected
