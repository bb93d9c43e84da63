"""Who asks how a payment stands, and what follows: the guest who comes back, staff, the bar by itself."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from maya_site.tasks.enqueue import enqueue_due_periodic_tasks
from maya_site.tasks.models import Task
from maya_site.tasks.worker import run_due_tasks
from payments.models import Journal, Payment, Reconciliation
from payments.settlement import reconcile_payment
from tests.bartender.staff_fixtures import mo_client, nat_client
from tests.guest_fixtures import make_context
from tests.html_text import compact_html
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab
from tests.payments.stripe_checkout import confirm_pending_payment, order_and_request_bill, pay_at_stripe

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(ada, stripe):
    """Ada has her link."""
    return confirm_pending_payment(order_and_request_bill(ada))


def come_back(payment, visit):
    guest = Client()
    guest.cookies[visit_cookie_name()] = sign_visit_code(visit.code)
    return guest.get(f"/payments/waiting/{payment.code}/")


# --- the guest ---


def test_coming_back_without_having_paid_settles_nothing_and_says_so(ada, out):
    page = come_back(out, ada)
    assert (page.status_code, latest_tab(ada).status) == (200, "closing")
    assert "confirmed the payment of $22.00 yet" in page.text
    assert 'http-equiv="refresh"' in page.text, "the page looks again by itself"


def test_coming_back_after_having_paid_leads_to_the_receipt(ada, stripe, out):
    pay_at_stripe(stripe, out)
    for _ in range(2):
        page = come_back(out, ada)
        assert page.headers["Location"] == f"/tab/{out.tab.code}/receipt/"
    assert latest_tab(ada).status == "paid"
    assert Journal.objects.filter(kind="payment").count() == 1
    assert assert_ledger_consistent()


def test_while_the_till_is_away_the_page_asks_for_patience_and_not_for_money(ada, stripe, out):
    pay_at_stripe(stripe, out)
    stripe.fault("GET", "500", 9)
    page = come_back(out, ada)
    assert "pay twice." in page.text
    assert latest_tab(ada).status == "closing"


def test_an_ended_payment_says_that_nothing_was_taken(ada, stripe, out):
    Payment.objects.update(status="expired", finished_at=timezone.now())
    page = come_back(out, ada)
    assert "The link has expired. Nothing was taken." in compact_html(page.text)
    assert 'http-equiv="refresh"' not in page.text


def test_a_stranger_finds_no_such_page(ada, cy, out):
    assert come_back(out, cy).status_code == 404
    assert Client().get(f"/payments/waiting/{out.code}/").status_code == 404


# --- staff ---


def press(client, payment):
    page = client.get(f"/admin/payments/payment/{payment.pk}/change/")
    button = re.search(r'formaction="([^"]+/ask/)"', page.text)
    assert button, page.text
    return client.post(button[1], follow=True)


def test_mo_asks_the_till_and_the_tab_is_paid(ada, stripe, out):
    pay_at_stripe(stripe, out)
    assert "The till was asked: succeeded." in press(mo_client(), out).text
    assert latest_tab(ada).status == "paid"
    assert Journal.objects.get(kind="payment").actor == "staff:mo"
    assert assert_ledger_consistent()


def test_pressing_it_while_nothing_is_paid_or_the_till_is_away_pays_nothing(ada, stripe, out):
    client = mo_client()
    assert "The till was asked" in press(client, out).text
    stripe.fault("GET", "500", 9)
    assert "The till does not answer." in press(client, out).text
    assert latest_tab(ada).status == "closing"


def test_who_may_not_see_payments_asks_nothing(ada, stripe, out):
    pay_at_stripe(stripe, out)
    assert nat_client().post(f"/admin/payments/payment/{out.pk}/ask/").status_code == 403
    assert mo_client().get(f"/admin/payments/payment/{out.pk}/ask/").status_code == 405
    assert latest_tab(ada).status == "closing"


# --- the bar ---


def looks():
    due = Task.objects.filter(name="look_at_payment").order_by("id")
    return [round((job.available_at - job.created_at).total_seconds()) for job in due]


def test_the_house_looks_by_itself_less_and_less_often_until_it_is_over(ada, stripe, out, drained):
    for minutes in (0.2, 1, 2, 4, 8):
        drained(minutes)
    waits = looks()
    assert waits == sorted(waits)
    assert (waits[0], waits[-1] <= 120) == (5, True)
    pay_at_stripe(stripe, out)
    drained(12)
    assert latest_tab(ada).status == "paid"
    drained(16)
    assert not Task.objects.unfinished().filter(name="look_at_payment").exists()


def test_once_a_day_the_books_are_compared_by_a_job(ada, stripe, out):
    pay_at_stripe(stripe, out)
    reconcile_payment(out, make_context())
    stripe.books.make_refund({"payment_intent": Payment.objects.get().intent, "amount": 2_00})
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert enqueue_due_periodic_tasks() > 0
        assert enqueue_due_periodic_tasks() == 0, "several clocks make one job"
        run_due_tasks()
    assert ["gave back $2.00" in one for one in Reconciliation.objects.get().differences] == [True]
