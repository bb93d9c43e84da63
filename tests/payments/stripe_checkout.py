"""What guests do at Stripe, whichever way their link was made."""

from __future__ import annotations

from bartender.models.visits import Visit
from bartender.services import bills, orders
from payments.ledger import TipRule
from payments.models import Payment
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import latest_payment, payment_card_of
from tests.vendors.stripe.account import StripeObject
from tests.vendors.stripe.api import ScriptedStripe


def order_and_request_bill(visit: Visit, tip: int = 0) -> Visit:
    orders.add_line(visit, "Negroni", 2, [], make_context())
    if tip:
        bills.set_tip(visit, TipRule(basis_points=tip), make_context())
    bills.request_bill(visit, make_context())
    return visit


def confirm_pending_payment(visit: Visit) -> Payment:
    """The guest confirms the amount, and is shown the link."""
    bills.confirm_payment(visit, payment_card_of(bills.bill_of(visit)).nonce)
    return latest_payment(visit)


def open_checkout(stripe: ScriptedStripe, payment: Payment) -> StripeObject:
    """The guest follows the link: a session, or a payment link, for which a session is made."""
    reference = str(payment.reference)
    if reference.startswith("plink"):
        return stripe.books.open_link(reference)
    return stripe.books.get("checkout.session", reference)


def pay_at_stripe(stripe: ScriptedStripe, payment: Payment) -> StripeObject:
    return stripe.books.pay(open_checkout(stripe, payment)["id"])
