"""One payment and everybody who may tell of it, at the same moment: it is settled once."""

import pytest
from django.db import connection
from django.test import Client

from bartender.services.visits import open_visit
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from maya_site.core.errors import Busy
from maya_site.tasks.worker import run_due_tasks
from payments import payment_polling
from payments.models import Journal, ProviderEvent
from payments.settlement import SettlementOutcome, apply_status, fetch_status, reconcile_payment
from payments.webhooks import inbox
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently
from tests.payments.conftest import SECRET
from tests.payments.ledger_helpers import assert_ledger_consistent
from tests.payments.stripe_checkout import confirm_pending_payment, order_and_request_bill, pay_at_stripe
from tests.vendors.stripe.webhook_sender import WEBHOOK_PATH, post_event

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
    Client().get(WEBHOOK_PATH)  # what is made with the first request is made before twenty come at once
    payment = confirm_pending_payment(order_and_request_bill(open_visit()))
    pay_at_stripe(stripe, payment)
    return payment


def payments_booked(payment):
    return Journal.objects.filter(tab=payment.tab, kind="payment").count()


def test_twenty_deliveries_of_one_event_at_once_are_one_row_and_one_payment(stripe, paid_at_stripe):
    event = stripe.books.events[-1]
    answers = run_concurrently(*[lambda: post_event(event, SECRET)] * 20)

    assert {answer.status_code for answer in answers} == {200}
    assert ProviderEvent.objects.filter(event_id=event["id"]).count() == 1
    run_concurrently(*[run_due_tasks] * 4)
    assert ProviderEvent.objects.get(event_id=event["id"]).outcome in ("settled", "already")
    assert payments_booked(paid_at_stripe) == 1
    assert assert_ledger_consistent()


def test_twenty_that_look_into_one_event_at_once_are_one_payment(stripe, paid_at_stripe):
    event = stripe.books.events[-1]
    post_event(event, SECRET)
    answers = run_concurrently(*[lambda: inbox.process_event(event["id"])] * 20)

    assert set(answers) == {"settled"}
    assert payments_booked(paid_at_stripe) == 1
    assert assert_ledger_consistent()


def test_the_settling_function_called_a_hundred_times_at_once_settles_once(
    stripe, paid_at_stripe, few_connections
):
    seen = fetch_status(paid_at_stripe)
    assert seen
    answers = run_concurrently(*[lambda: apply_status(paid_at_stripe, seen, make_context())] * 100)

    told_to_come_again = [answer for answer in answers if isinstance(answer, Busy)]
    assert answers.count(SettlementOutcome.SETTLED) == 1
    assert answers.count(SettlementOutcome.ALREADY) == 99 - len(told_to_come_again)
    assert payments_booked(paid_at_stripe) == 1
    assert assert_ledger_consistent()


def test_success_page_event_sweep_and_staff_at_once_settle_once(stripe, paid_at_stripe):
    event, address = stripe.books.events[-1], f"/payments/waiting/{paid_at_stripe.code}/"
    post_event(event, SECRET)

    def comes_back():
        guest = Client()
        guest.cookies[visit_cookie_name()] = sign_visit_code(paid_at_stripe.tab.visit_code)
        return guest.get(address)

    run_concurrently(
        comes_back,
        lambda: inbox.process_event(event["id"]),
        lambda: payment_polling.check_payment(paid_at_stripe.code),
        lambda: reconcile_payment(paid_at_stripe, make_context()),
        run_due_tasks,
    )
    paid_at_stripe.tab.refresh_from_db()
    assert paid_at_stripe.tab.status == "paid"
    assert payments_booked(paid_at_stripe) == 1
    assert assert_ledger_consistent()
