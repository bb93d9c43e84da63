"""One payment and everybody who may tell of it, at the same moment: it is settled once."""

import pytest
from django.db import connection
from django.test import Client

from bartender.services.visits import open_visit
from maya_site.jobs.drain import drain
from maya_site.lib.cookies import cookie_name, signed
from maya_site.lib.errors import Busy
from payments import polling
from payments.models import Journal, StripeEvent
from payments.settling import Outcome, believe, catch_up, look
from payments.webhooks import inbox
from tests.cast import cause
from tests.payments.at_stripe import asked_to_pay, pays, says_yes
from tests.payments.book import in_order
from tests.payments.conftest import SECRET
from tests.payments.together import together
from tests.vendors.stripe.messenger import DOOR, brought

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="set DATABASE_URL to a PostgreSQL server"),
]


@pytest.fixture
def few_connections():
    """A hundred callers queue for twenty, so that whoever else uses the server has some left."""
    pool = connection.pool  # type: ignore[attr-defined]
    most = pool.max_size
    pool.resize(2, 20)
    yield
    pool.resize(2, most)


@pytest.fixture
def paid_at_stripe(menu, stripe):
    Client().get(DOOR)  # what is made with the first request is made before twenty come at once
    payment = says_yes(asked_to_pay(open_visit()))
    pays(stripe, payment)
    return payment


def payments_booked(payment):
    return Journal.objects.filter(tab=payment.tab, kind="payment").count()


def test_twenty_deliveries_of_one_event_at_once_are_one_row_and_one_payment(stripe, paid_at_stripe):
    event = stripe.books.events[-1]
    answers = together(*[lambda: brought(event, SECRET)] * 20)

    assert {answer.status_code for answer in answers} == {200}
    assert StripeEvent.objects.filter(name=event["id"]).count() == 1
    together(*[drain] * 4)
    assert StripeEvent.objects.get(name=event["id"]).outcome in ("settled", "already")
    assert payments_booked(paid_at_stripe) == 1
    assert in_order()


def test_twenty_that_look_into_one_event_at_once_are_one_payment(stripe, paid_at_stripe):
    event = stripe.books.events[-1]
    brought(event, SECRET)
    answers = together(*[lambda: inbox.hear(event["id"])] * 20)

    assert set(answers) == {"settled"}
    assert payments_booked(paid_at_stripe) == 1
    assert in_order()


def test_the_settling_function_called_a_hundred_times_at_once_settles_once(
    stripe, paid_at_stripe, few_connections
):
    seen = look(paid_at_stripe)
    assert seen
    answers = together(*[lambda: believe(paid_at_stripe, seen, cause())] * 100)

    told_to_come_again = [answer for answer in answers if isinstance(answer, Busy)]
    assert answers.count(Outcome.SETTLED) == 1
    assert answers.count(Outcome.ALREADY) == 99 - len(told_to_come_again)
    assert payments_booked(paid_at_stripe) == 1
    assert in_order()


def test_success_page_event_sweep_and_staff_at_once_settle_once(stripe, paid_at_stripe):
    event, address = stripe.books.events[-1], f"/payments/waiting/{paid_at_stripe.code}/"
    brought(event, SECRET)

    def comes_back():
        guest = Client()
        guest.cookies[cookie_name()] = signed(paid_at_stripe.tab.visit_code)
        return guest.get(address)

    together(
        comes_back,
        lambda: inbox.hear(event["id"]),
        lambda: polling.look_again(paid_at_stripe.code),
        lambda: catch_up(paid_at_stripe, cause()),
        drain,
    )
    paid_at_stripe.tab.refresh_from_db()
    assert paid_at_stripe.tab.status == "paid"
    assert payments_booked(paid_at_stripe) == 1
    assert in_order()
