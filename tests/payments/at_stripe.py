"""What guests do at Stripe, whichever way their link was made."""

from __future__ import annotations

from bartender.records.visits import Visit
from bartender.services import bills, orders
from payments.ledger import TipRule
from payments.models import Payment
from tests.cast import cause
from tests.payments.book import attempt_of, card_of
from tests.vendors.stripe.api import ScriptedStripe
from tests.vendors.stripe.books import Object


def asked_to_pay(visit: Visit, tip: int = 0) -> Visit:
    orders.add(visit, "Negroni", 2, [], cause())
    if tip:
        bills.set_tip(visit, TipRule(bp=tip), cause())
    bills.ask_to_pay(visit, cause())
    return visit


def says_yes(visit: Visit) -> Payment:
    """The guest confirms the amount, and is shown the link."""
    bills.confirm_payment(visit, card_of(bills.bill_of(visit)).nonce)
    return attempt_of(visit)


def opened(stripe: ScriptedStripe, payment: Payment) -> Object:
    """The guest follows the link: a session, or a payment link, for which a session is made."""
    reference = str(payment.reference)
    if reference.startswith("plink"):
        return stripe.books.open_link(reference)
    return stripe.books.get("checkout.session", reference)


def pays(stripe: ScriptedStripe, payment: Payment) -> Object:
    return stripe.books.pay(opened(stripe, payment)["id"])
