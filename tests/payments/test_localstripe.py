"""Against a Stripe that nobody here wrote, as far as it goes: signatures, payment intents, refunds."""

from typing import Any

import pytest
from django.utils import timezone

from maya_site.core.errors import ProviderDown, ProviderRejected
from maya_site.tasks.worker import run_due_tasks
from payments.models import ProviderEvent
from payments.providers.base import RefundRequest, RefundState
from payments.providers.stripe import api as stripe_api
from payments.providers.stripe.api import StripeProvider
from tests.payments.conftest import SECRET, SHORT_TIMEOUTS
from tests.vendors.stripe.localstripe import install_error, local_stripe
from tests.vendors.stripe.webhook_sender import post_event

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CARD: Any = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


@pytest.fixture(scope="module")
def served():
    if why := install_error():
        pytest.skip(why)
    with local_stripe(SECRET) as stripe:
        yield stripe


@pytest.fixture
def localstripe(served, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_" + "test_12345", served.address
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    for name, value in {**SHORT_TIMEOUTS, "TILL_READ_SECONDS": 20.0}.items():
        setattr(settings, name, value)
    yield served
    stripe_api.http_client_for(settings.STRIPE_SECRET_KEY, served.address).close()
    stripe_api.http_client_for.cache_clear()
    stripe_api.stripe_client_for.cache_clear()


@pytest.fixture
def intent(localstripe, settings):
    client = stripe_api.stripe_client_for(settings.STRIPE_SECRET_KEY, localstripe.address)
    card = client.v1.payment_methods.create({"type": "card", "card": CARD})
    asked: Any = {"amount": 22_00, "currency": "usd", "payment_method": card.id}
    made = client.v1.payment_intents.create(asked | {"metadata": {"maya_payment": "nobody"}})
    return client.v1.payment_intents.confirm(made.id)


def test_its_signed_events_are_believed_and_nobody_elses(localstripe, intent):
    body, signature = localstripe.wait_for("payment_intent.succeeded")
    assert post_event(body, SECRET, header=signature).json()["outcome"] == "kept"
    run_due_tasks()
    assert ProviderEvent.objects.get().outcome == "unknown"
    assert post_event(body + b" ", SECRET, header=signature).status_code == 400


def test_it_gives_back_what_we_ask_and_no_more(intent):
    till = StripeProvider()
    ask = RefundRequest("refund1", "payment1", intent.id, 5_00, "USD", "refund:1", timezone.now())
    given = till.create_refund(ask)
    assert (given.state, given.amount_cents, given.intent) == (RefundState.SUCCEEDED, 5_00, intent.id)
    assert till.fetch_refund(given.reference) == till.find_refund(ask) == given
    with pytest.raises(ProviderRejected):
        till.fetch_refund("re_of_nobody")


def test_what_it_does_not_know_is_an_answer_of_its_own_kind(localstripe):
    assert "test mode" in StripeProvider().probe()
    with pytest.raises((ProviderDown, ProviderRejected)):
        StripeProvider().fetch_status("cs_of_nobody")
