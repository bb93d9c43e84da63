"""Who asks how a payment stands, and what follows: the guest who comes back, staff, the house by itself."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from maya_site.jobs.drain import drain
from maya_site.jobs.models import Job
from maya_site.jobs.outbox import enqueue_periodic
from maya_site.lib.cookies import cookie_name, signed
from payments.models import Journal, Payment, Reconciliation
from payments.settling import catch_up
from tests.bartender.staff_cast import mo, nat
from tests.cast import cause
from tests.payments.at_stripe import asked_to_pay, pays, says_yes
from tests.payments.book import in_order, tab_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(ada, stripe):
    """Ada has her link."""
    return says_yes(asked_to_pay(ada))


def come_back(payment, visit):
    guest = Client()
    guest.cookies[cookie_name()] = signed(visit.code)
    return guest.get(f"/payments/waiting/{payment.code}/")


# --- the guest ---


def test_coming_back_without_having_paid_settles_nothing_and_says_so(ada, out):
    page = come_back(out, ada)
    assert (page.status_code, tab_of(ada).status) == (200, "closing")
    assert "has not said that $22.00 are paid" in page.text
    assert 'http-equiv="refresh"' in page.text, "the page looks again by itself"


def test_coming_back_after_having_paid_leads_to_the_receipt(ada, stripe, out):
    pays(stripe, out)
    for _ in range(2):
        page = come_back(out, ada)
        assert page.headers["Location"] == f"/tab/{out.tab.code}/receipt/"
    assert tab_of(ada).status == "paid"
    assert Journal.objects.filter(kind="payment").count() == 1
    assert in_order()


def test_while_the_till_is_away_the_page_asks_for_patience_and_not_for_money(ada, stripe, out):
    pays(stripe, out)
    stripe.fault("GET", "500", 9)
    page = come_back(out, ada)
    assert "Please do not pay twice." in page.text
    assert tab_of(ada).status == "closing"


def test_an_ended_payment_says_that_nothing_was_taken(ada, stripe, out):
    Payment.objects.update(status="expired", finished_at=timezone.now())
    page = come_back(out, ada)
    assert "The link has expired. Nothing was taken." in page.text
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
    pays(stripe, out)
    assert "The till was asked: succeeded." in press(mo(), out).text
    assert tab_of(ada).status == "paid"
    assert Journal.objects.get(kind="payment").actor == "staff:mo"
    assert in_order()


def test_pressing_it_while_nothing_is_paid_or_the_till_is_away_pays_nothing(ada, stripe, out):
    client = mo()
    assert "The till was asked" in press(client, out).text
    stripe.fault("GET", "500", 9)
    assert "The till does not answer." in press(client, out).text
    assert tab_of(ada).status == "closing"


def test_who_may_not_see_payments_asks_nothing(ada, stripe, out):
    pays(stripe, out)
    assert nat().post(f"/admin/payments/payment/{out.pk}/ask/").status_code == 403
    assert mo().get(f"/admin/payments/payment/{out.pk}/ask/").status_code == 405
    assert tab_of(ada).status == "closing"


# --- the house ---


def looks():
    due = Job.objects.filter(task="look_at_payment").order_by("id")
    return [round((job.available_at - job.created_at).total_seconds()) for job in due]


def test_the_house_looks_by_itself_less_and_less_often_until_it_is_over(ada, stripe, out, drained):
    for minutes in (0.2, 1, 2, 4, 8):
        drained(minutes)
    waits = looks()
    assert waits == sorted(waits)
    assert (waits[0], waits[-1] <= 120) == (5, True)
    pays(stripe, out)
    drained(12)
    assert tab_of(ada).status == "paid"
    drained(16)
    assert not Job.objects.unfinished().filter(task="look_at_payment").exists()


def test_once_a_day_the_books_are_compared_by_a_job(ada, stripe, out):
    pays(stripe, out)
    catch_up(out, cause())
    stripe.books.make_refund({"payment_intent": Payment.objects.get().intent, "amount": 2_00})
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert enqueue_periodic() > 0
        assert enqueue_periodic() == 0, "several clocks make one job"
        drain()
    assert ["gave back $2.00" in one for one in Reconciliation.objects.get().differences] == [True]
