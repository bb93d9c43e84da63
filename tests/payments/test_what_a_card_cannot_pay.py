"""Amounts below a card's least, or finer than it counts: said before, never another kind of money instead."""

import pytest

from bartender.facts.bill import BillProposed
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import MenuItem, Venue
from bartender.services import bills, orders, split_bill, tickets
from bartender.tools.bill import CreatePayment, create_payment
from bartender.tools.registry import ToolContext
from payments import splits
from payments.errors import AmountNotChargeable, OperationNotAllowed
from payments.ledger import TipRule
from payments.models import Payment, Share
from payments.providers import card_amount_error
from payments.providers.stripe import money as stripe_money
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import (
    assert_ledger_consistent,
    latest_payment,
    latest_tab,
    payment_card_of,
)
from tests.payments.stripe_checkout import confirm_pending_payment

pytestmark = pytest.mark.django_db


def a_drink_at(cents):
    MenuItem.objects.filter(name="Water").update(price_cents=cents)
    mark_menu_changed()


def joined(ada, ben):
    split_bill.join_tab(ben, split_bill.invitation_token(split_bill.create_invitation(ada)))


def test_a_share_below_the_least_is_refused_with_what_works(ada, ben, either_stripe):
    orders.add_line(ada, "Water", 1, [], make_context())
    joined(ada, ben)
    shown = visible_text(guest_for_visit(ada).open_page(f"/tab/{latest_tab(ada).code}/shared/"))
    assert "A card takes $0.50 at least." in shown
    with pytest.raises(OperationNotAllowed) as refusal:
        split_bill.split_by_amount(ada, {ben.code: 34}, make_context())

    assert str(refusal.value) == (
        "Guest 2’s share: A card takes $0.50 at least, and this is $0.34. "
        "Join it with another one’s, or pay the bill at the bar."
    )
    assert (latest_tab(ada).status, Share.objects.count()) == ("open", 0)
    split_bill.split_by_amount(ada, {ben.code: 50}, make_context())
    assert [share.amount_cents for share in Share.objects.order_by("amount_cents")] == [50, 50]
    assert assert_ledger_consistent()


def test_a_tab_below_the_least_goes_neither_to_stripe_nor_to_play_money(ada, either_stripe):
    a_drink_at(34)
    orders.add_line(ada, "Water", 1, [], make_context())
    bill = bills.request_bill(ada, make_context())
    assert bill.card_note == "A card takes $0.50 at least, and this is $0.34. Please pay it at the bar."
    assert bill.card_note in visible_text(guest_for_visit(ada).open_page())
    with pytest.raises(AmountNotChargeable, match=r"Nothing was taken\. Please pay it at the bar"):
        bills.confirm_payment(ada, payment_card_of(bill).nonce)

    assert latest_payment(ada).status == "created"
    assert Payment.objects.filter(provider="simulated").count() == 0
    assert either_stripe.books.of("checkout.session") == []


def test_what_only_stripe_knows_to_be_too_little_is_not_play_money_either(ada, stripe, monkeypatch):
    """A currency that the table does not have: Stripe itself says so."""
    monkeypatch.setattr(stripe_money, "MIN_CHARGE", {})
    a_drink_at(34)
    orders.add_line(ada, "Water", 1, [], make_context())
    bill = bills.request_bill(ada, make_context())
    with pytest.raises(AmountNotChargeable, match="too little for a card"):
        bills.confirm_payment(ada, payment_card_of(bill).nonce)
    assert latest_payment(ada).provider == "stripe"


def test_a_share_that_was_made_smaller_elsewhere_is_refused_when_it_is_paid(ada, ben, stripe, settings):
    orders.add_line(ada, "Water", 1, [], make_context())
    joined(ada, ben)
    settings.PAYMENT_PROVIDER = "simulated"  # play money has no least
    split_bill.split_by_amount(ada, {ben.code: 34}, make_context())
    settings.PAYMENT_PROVIDER = "stripe"
    share = Share.objects.get(amount_cents=34)
    with pytest.raises(AmountNotChargeable, match="or divide the bill anew"):
        splits.pay_share(share, share.nonce)


@pytest.mark.parametrize(
    "code, minor, stripe_has",
    [
        ("USD", 1250, 1250),
        ("JPY", 2200, 2200),
        ("KWD", 2500, 2500),
        ("ISK", 1500, 150_000),  # no decimals in the world, two at Stripe
        ("UGX", 5000, 500_000),
        ("MGA", 500_00, 500),  # two in ISO 4217, none at Stripe
        ("CLP", 900, 900),
    ],
)
def test_amounts_are_sent_as_stripe_counts_them_and_read_back(code, minor, stripe_has):
    assert stripe_money.to_stripe(minor, code) == stripe_has
    assert stripe_money.from_stripe(stripe_has, code) == minor


def test_what_stripe_has_no_number_for_is_said_before(stripe):
    assert card_amount_error(2_505, "KWD") == (
        "A card takes steps of KWD\xa00.010 only, and this is KWD\xa02.505."
    )
    assert card_amount_error(2_500, "KWD") == ""
    with pytest.raises(ValueError, match="finer"):
        stripe_money.to_stripe(2_505, "KWD")


def test_a_tip_that_stripe_has_no_number_for_is_in_the_tabs_line(ada, stripe):
    """1.005 dinars and a tip of 0.105: together they come to an even sum."""
    Venue.objects.update(currency="KWD")
    a_drink_at(1_005)
    orders.add_line(ada, "Water", 1, [], make_context())
    bills.set_tip(ada, TipRule(cents=105), make_context())
    bills.request_bill(ada, make_context())
    session = stripe.books.get("checkout.session", confirm_pending_payment(ada).reference)
    assert [line["price"]["unit_amount"] for line in session["lines"]] == [1_110]
    assert session["lines"][0]["price"]["product_data"]["name"] == "Your tab at MOK 5-ha, tip included"


def test_paying_says_that_it_sends_what_is_unsent(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    assert "Pay $22.00 and send what is unsent to the bar" in visible_text(guest_for_visit(ada).open_page())
    done = create_payment(ToolContext(ada, make_context()), CreatePayment())

    assert isinstance(done, BillProposed)
    assert done.sent_units == 2
    assert done.sentence() == (
        "What was not sent yet goes to the bar now. That's $22.00. Shall I make you the link to pay it?"
    )


def test_paying_what_is_at_the_bar_already_says_nothing_of_sending(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    tickets.fire_ticket(ada, make_context(), skip_hold=True)
    assert "and send what is unsent" not in visible_text(guest_for_visit(ada).open_page())
    asked_again = create_payment(ToolContext(ada, make_context()), CreatePayment())
    assert asked_again.sentence() == "That's $22.00. Shall I make you the link to pay it?"
