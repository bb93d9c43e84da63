"""Against a Stripe that nobody here wrote, as far as it goes: signatures, payment intents, refunds."""

from typing import Any

import pytest
from django.utils import timezone

from maya_site.jobs.drain import drain
from maya_site.lib.errors import ProviderDown, ProviderRejected
from payments.models import StripeEvent
from payments.providers import stripe_api
from payments.providers.base import RefundAsk, RefundState
from payments.providers.stripe_api import StripeTill
from tests.payments.conftest import SECRET, SHORT
from tests.vendors.stripe.localstripe import installed, local_stripe
from tests.vendors.stripe.messenger import brought

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CARD: Any = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


@pytest.fixture(scope="module")
def served():
    if why := installed():
        pytest.skip(why)
    with local_stripe(SECRET) as stripe:
        yield stripe


@pytest.fixture
def localstripe(served, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_" + "test_12345", served.address
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    for name, value in {**SHORT, "TILL_READ_SECONDS": 20.0}.items():
        setattr(settings, name, value)
    yield served
    stripe_api.http_client(settings.STRIPE_SECRET_KEY, served.address).close()
    stripe_api.http_client.cache_clear()
    stripe_api.client_for.cache_clear()


@pytest.fixture
def intent(localstripe, settings):
    client = stripe_api.client_for(settings.STRIPE_SECRET_KEY, localstripe.address)
    card = client.v1.payment_methods.create({"type": "card", "card": CARD})
    asked: Any = {"amount": 22_00, "currency": "usd", "payment_method": card.id}
    made = client.v1.payment_intents.create(asked | {"metadata": {"maya_payment": "nobody"}})
    return client.v1.payment_intents.confirm(made.id)


def test_its_signed_events_are_believed_and_nobody_elses(localstripe, intent):
    body, signature = localstripe.wait_for("payment_intent.succeeded")
    assert brought(body, SECRET, header=signature).json()["outcome"] == "kept"
    drain()
    assert StripeEvent.objects.get().outcome == "unknown"
    assert brought(body + b" ", SECRET, header=signature).status_code == 400


def test_it_gives_back_what_we_ask_and_no_more(intent):
    till = StripeTill()
    ask = RefundAsk("refund1", "payment1", intent.id, 5_00, "USD", "refund:1", timezone.now())
    given = till.refund(ask)
    assert (given.state, given.cents, given.intent) == (RefundState.SUCCEEDED, 5_00, intent.id)
    assert till.look_refund(given.reference) == till.find_refund(ask) == given
    with pytest.raises(ProviderRejected):
        till.look_refund("re_of_nobody")


def test_what_it_does_not_know_is_an_answer_of_its_own_kind(localstripe):
    assert "test mode" in StripeTill().probe()
    with pytest.raises((ProviderDown, ProviderRejected)):
        StripeTill().look("cs_of_nobody")
