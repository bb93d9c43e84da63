"""Whatever goes wrong on the way to Stripe: one link at most can be paid, and the guest hears the truth.

Each row of the table is a fault of F16; `python -m pytest tests/payments/test_till_faults.py -s` prints it.
"""

import pytest

from bartender.services import bills, orders
from maya_site.lib.errors import Refused
from payments import checkout
from payments.drawer import settle_at_bar
from payments.errors import LinkStillOpen, PayAtTheBar, TillUnclear
from payments.models import Payment, PlayLink
from payments.settling import catch_up
from tests.cast import cause
from tests.payments.at_stripe import asked_to_pay, opened, pays, says_yes
from tests.payments.book import attempt_of, in_order, tab_of

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
            return says_yes(visit), said
        except Refused as refusal:
            said.append(type(refusal).__name__)
    raise AssertionError(f"no link after all: {said}")


@pytest.mark.parametrize("fault", BEFORE + AFTER)
def test_a_fault_of_the_api_makes_one_link_and_no_second_one(ada, stripe, impatient, fault, capsys):
    stripe.fault("POST /v1/checkout/sessions", fault, 2)
    payment, said = yes_until_it_works(asked_to_pay(ada))
    with capsys.disabled():
        print(f"\nF16 api  {fault:14} {', '.join(said) or 'link at once':40}", end=" ")
    assert len(payable(stripe, payment)) == 1
    assert set(said) <= {"TillUnclear", "PayAtTheBar"}
    pays(stripe, payment)
    assert catch_up(payment, cause()).status == "succeeded"
    assert stripe.books.balance == 22_00
    assert in_order()


@pytest.mark.parametrize("fault", OVER_MCP)
def test_a_fault_over_mcp_makes_one_link_and_no_second_one(ada, stripe, impatient, settings, fault, capsys):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    settings.STRIPE_API_BASE, stripe.key = "http://127.0.0.1:9", settings.STRIPE_SECRET_KEY
    stripe.fault("MCP PostPaymentLinks", fault, 2)
    payment, said = yes_until_it_works(asked_to_pay(ada))
    with capsys.disabled():
        print(f"\nF16 mcp  {fault:14} {', '.join(said) or 'link at once':40}", end=" ")
    assert len(payable(stripe, payment)) == 1
    pays(stripe, payment)
    assert catch_up(payment, cause()).status == "succeeded"
    assert stripe.books.balance == 22_00


def test_who_cannot_look_after_an_unclear_failure_still_asks_nobody_else(ada, stripe, impatient, settings):
    """The server made the link, did not say so, and does not let itself be searched either."""
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    stripe.fault("MCP PostPaymentLinks", "reset after")
    stripe.fault("MCP GetPaymentLinks", "reset", 9)
    asked_to_pay(ada)
    with pytest.raises(TillUnclear):
        says_yes(ada)
    stripe.heal()
    assert len(payable(stripe, says_yes(ada))) == 1


def test_after_an_unclear_failure_nobody_else_is_asked(ada, stripe, impatient, settings):
    settings.STRIPE_MCP_URL = stripe.mcp_address
    stripe.fault("POST /v1/checkout/sessions", "timeout", 2)
    with pytest.raises(TillUnclear):
        says_yes(asked_to_pay(ada))
    stripe.fault("", "reset", 9)
    with pytest.raises(TillUnclear):
        says_yes(ada)
    stripe.heal()
    assert stripe.times_asked("MCP") == 0
    assert says_yes(ada).provider == "stripe"


def test_where_the_first_is_certainly_away_the_other_one_is_asked(ada, stripe, settings):
    settings.STRIPE_MCP_URL, settings.STRIPE_API_BASE = stripe.mcp_address, "http://127.0.0.1:9"
    payment = says_yes(asked_to_pay(ada))
    assert payment.provider == "stripe_mcp"


def test_outside_production_the_simulated_till_comes_last_and_says_what_it_is(ada, stripe, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    payment = says_yes(asked_to_pay(ada))
    assert payment.provider == "simulated"
    assert PlayLink.objects.count() == 1


def test_in_production_the_guest_pays_at_the_bar_and_staff_see_the_tab(ada, stripe, settings):
    settings.STRIPE_API_BASE, settings.PRODUCTION = "http://127.0.0.1:9", True
    asked_to_pay(ada)
    with pytest.raises(PayAtTheBar, match="pay at the bar"):
        says_yes(ada)
    tab = tab_of(ada)
    assert (tab.status, bool(tab.flagged_at), attempt_of(ada).status) == ("closing", True, "created")
    assert settle_at_bar(tab, "card", "staff:Dee").provider == "bar_card"
    assert in_order()


def test_without_any_till_the_bill_is_shown_and_paid_at_the_bar(ada, settings):
    settings.PRODUCTION = True
    asked_to_pay(ada)
    with pytest.raises(PayAtTheBar):
        says_yes(ada)
    orders.add(ada, "IPA", 1, [], cause())
    assert tab_of(ada).due_cents == 28_00


def test_while_stripe_is_away_an_open_link_keeps_the_tab_frozen(ada, stripe):
    payment = says_yes(asked_to_pay(ada))
    stripe.fault("", "reset", 9)
    with pytest.raises(LinkStillOpen):
        orders.add(ada, "IPA", 1, [], cause())
    stripe.heal()
    pays(stripe, payment)
    assert catch_up(payment, cause()).status == "succeeded"


def test_no_link_expires_without_stripes_word(ada, stripe):
    payment = says_yes(asked_to_pay(ada))
    Payment.objects.update(expires_at="2020-01-01T00:00:00Z")
    pays(stripe, payment)
    assert checkout.expire_overdue() == 0
    assert attempt_of(ada).status == "succeeded"


def test_who_orders_on_after_an_unclear_answer_leaves_no_payable_link(ada, stripe, impatient, drained):
    stripe.fault("POST /v1/checkout/sessions", "timeout after", 2)
    with pytest.raises(TillUnclear):
        says_yes(asked_to_pay(ada))
    orders.add(ada, "IPA", 1, [], cause())
    assert len(stripe.books.of("checkout.session")) == 1
    drained(minutes=2)
    assert [one["status"] for one in stripe.books.of("checkout.session")] == ["expired"]
    assert in_order()


def test_a_bank_that_decides_in_days_is_waited_for(ada, either_stripe):
    payment = says_yes(asked_to_pay(ada))
    session = opened(either_stripe, payment)
    either_stripe.books.pay_later(session["id"])
    assert catch_up(payment, cause()).status == "link_open"
    with pytest.raises(Refused, match="being paid"):
        bills.not_yet(ada, cause())
    either_stripe.books.decide(session["id"], paid=True)
    assert catch_up(payment, cause()).status == "succeeded"
    assert in_order()


def test_a_bank_that_says_no_in_the_end_opens_the_tab_again(ada, stripe):
    payment = says_yes(asked_to_pay(ada))
    session = opened(stripe, payment)
    stripe.books.pay_later(session["id"])
    stripe.books.decide(session["id"], paid=False)
    assert catch_up(payment, cause()).status == "failed"
    assert tab_of(ada).status == "open"


def test_a_paid_mcp_link_is_closed_behind_the_guest(ada, stripe, settings, drained):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    payment = says_yes(asked_to_pay(ada))
    pays(stripe, payment)
    catch_up(payment, cause())
    drained()
    assert not stripe.books.objects[payment.reference]["active"]


def test_an_mcp_server_that_cannot_say_what_was_paid_is_not_used(ada, stripe, settings):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    stripe.mcp.offer("blind")
    assert says_yes(asked_to_pay(ada)).provider == "stripe"


def test_the_server_may_change_its_tools_overnight(ada, ben, stripe, settings):
    settings.PAYMENT_PROVIDER, settings.STRIPE_MCP_URL = "stripe_mcp", stripe.mcp_address
    says_yes(asked_to_pay(ada))
    stripe.mcp.offer("legacy")
    payment, said = yes_until_it_works(asked_to_pay(ben))
    assert (payment.provider, said) == ("stripe_mcp", ["TillUnclear"])
