"""Stripe's events: believed only when signed, and even then only a hint."""

import json
import time
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from maya_site.core.metrics import PROVIDER_EVENTS
from maya_site.tasks.worker import run_due_tasks
from payments import payment_polling
from payments.models import Journal, Payment, ProviderEvent
from payments.providers import handled_event_types
from payments.webhooks import inbox
from tests.payments.conftest import SECRET
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab, snapshot_database
from tests.payments.stripe_checkout import confirm_pending_payment, order_and_request_bill, pay_at_stripe
from tests.vendors.stripe.webhook_sender import WEBHOOK_PATH, post_event, process_event, signature

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid_at_stripe(ada, stripe):
    """Ada has paid at Stripe, and the bar has not heard of it."""
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(stripe, payment)
    return payment


def latest_event(stripe, kind="checkout.session.completed"):
    return next(event for event in reversed(stripe.books.events) if event["type"] == kind)


def outcomes():
    return sorted(ProviderEvent.objects.values_list("outcome", flat=True))


def test_ada_pays_and_walks_away_and_her_tab_is_paid(ada, stripe, paid_at_stripe):
    answer = post_event(latest_event(stripe), SECRET)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "kept")
    assert latest_tab(ada).status == "closing", "acknowledged before it is looked into"
    run_due_tasks()
    assert (latest_tab(ada).status, outcomes()) == ("paid", ["settled"])
    assert Journal.objects.get(kind="payment").source == "webhook"
    assert not answer.cookies
    assert assert_ledger_consistent()


def test_twenty_times_three_names_of_one_payment_are_one_payment(ada, stripe, paid_at_stripe):
    other = {**latest_event(stripe), "id": "evt_other"}
    events = [latest_event(stripe), latest_event(stripe, "payment_intent.succeeded"), other]
    for number in range(20):
        assert post_event(events[number % 3], SECRET).status_code == 200
    run_due_tasks()
    assert Journal.objects.filter(kind="payment").count() == 1
    assert outcomes() == ["already", "already", "settled"]
    assert assert_ledger_consistent()


def test_a_claim_of_payment_is_not_a_payment(ada, stripe):
    confirm_pending_payment(order_and_request_bill(ada))
    session = dict(stripe.books.of("checkout.session")[0])
    claim = {"payment_status": "paid", "status": "complete"}
    event = {"id": "evt_1", "object": "event", "livemode": False, "type": "checkout.session.completed"}
    assert process_event({**event, "data": {"object": session | claim}}, SECRET) == "waiting"
    assert latest_tab(ada).status == "closing"


def test_an_old_word_of_expiry_does_not_undo_a_payment(ada, stripe, paid_at_stripe):
    event = {**latest_event(stripe), "id": "evt_2", "type": "checkout.session.expired"}
    assert process_event(event, SECRET) == "settled"
    assert process_event({**event, "id": "evt_3"}, SECRET) == "already"
    assert latest_tab(ada).status == "paid"


def test_three_days_late_is_not_too_late(ada, stripe, paid_at_stripe):
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert process_event(latest_event(stripe), SECRET) == "settled"


def test_word_may_come_before_our_own_call_has_come_back(ada, stripe):
    stripe.fault("POST /v1/checkout/sessions", "reset after", 2)
    with pytest.raises(Exception, match="clearly"):
        confirm_pending_payment(order_and_request_bill(ada))
    session = stripe.books.of("checkout.session")[0]
    stripe.books.pay(session["id"])
    assert process_event(latest_event(stripe), SECRET) == "settled"
    assert Payment.objects.get().reference == session["id"]
    assert assert_ledger_consistent()


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"livemode": True}, "wrong_mode"),
        ({"account": "acct_other"}, "wrong_account"),
        ({"type": "customer.created"}, "ignored"),
    ],
)
def test_what_is_meant_for_somebody_else_changes_nothing(ada, stripe, paid_at_stripe, change, expected):
    assert process_event(latest_event(stripe) | change, SECRET) == expected
    assert (latest_tab(ada).status, outcomes()) == ("closing", [expected])


def test_a_payment_that_nobody_here_asked_for_is_unknown(ada, stripe, paid_at_stripe):
    event = latest_event(stripe)
    stranger = event["data"]["object"] | {"metadata": {"maya_payment": "nobody"}, "payment_intent": None}
    event = event | {"data": {"object": stranger}}
    assert process_event(event, SECRET) == "unknown"


@pytest.mark.parametrize("change", [{"amount_total": 1}, {"currency": "eur"}, {"livemode": True}])
def test_another_sum_currency_or_mode_at_stripe_is_never_settled(ada, stripe, paid_at_stripe, change):
    stripe.books.objects[paid_at_stripe.reference].update(change)
    assert process_event(latest_event(stripe), SECRET) == "mismatch"
    assert latest_tab(ada).status == "closing"
    assert latest_tab(ada).flagged_at, "staff are told"


def test_the_price_of_another_payment_does_not_pay_this_one(ada, ben, stripe, paid_at_stripe):
    other = confirm_pending_payment(order_and_request_bill(ben))
    session = stripe.books.objects[paid_at_stripe.reference]
    event = {**latest_event(stripe), "data": {"object": session | {"metadata": {"maya_payment": other.code}}}}
    assert process_event(event, SECRET) == "waiting"
    assert latest_tab(ben).status == "closing"


def forgeries():
    good = json.dumps({"id": "evt_1", "object": "event"})
    now = time.time()
    return {
        "no header": (good, ""),
        "another secret": (good, signature(good, "whsec_other")),
        "an empty secret": (good, signature(good, "")),
        "the older scheme only": (good, signature(good, SECRET, scheme="v0")),
        "301 seconds old": (good, signature(good, SECRET, now - 302)),
        "301 seconds ahead": (good, signature(good, SECRET, now + 303)),
        "another body": (good + " ", signature(good, SECRET)),
        "no time": (good, signature(good, SECRET).partition(",")[2]),
        "no number as time": (good, signature(good, SECRET).replace("t=", "t=x")),
        "no signature": (good, f"t={int(now)}"),
        "a letter beyond ASCII": (good, signature(good, SECRET)[:-1] + "é"),
        "commas only": (good, ",,,"),
        "no equals": (good, "t,v1"),
        "a header without end": (good, "t=1," * 2000),
    }


def without(**broken):
    """An event that would be good, but for one thing."""
    good = {"id": "evt_1", "object": "event", "type": "x", "livemode": False, "data": {"object": {"id": "a"}}}
    return json.dumps(good | broken)


def malformed():
    bodies: dict[str, str | bytes] = {
        "nothing": "",
        "no JSON": "hello",
        "a list": "[]",
        "null": "null",
        "an empty object": "{}",
        "an event without a name": '{"object": "event"}',
        "no object in it": without(data={}),
        "a name that is a number": without(id=1),
        "no mode": without(livemode=None),
        "another kind of thing": without(object="v2.core.event"),
        "not UTF-8": b'{"id": "\xff"}',
        "nested without end": "[" * 50_000,
    }
    return {name: (body, signature(body, SECRET)) for name, body in bodies.items()}


@pytest.mark.parametrize("name", [*forgeries(), *malformed()])
def test_what_is_forged_or_broken_is_refused_without_a_trace(stripe, caplog, name):
    before = snapshot_database()
    body, header = (forgeries() | malformed())[name]
    assert post_event(body, SECRET, header=header).status_code == 400
    assert snapshot_database() == before
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("seconds", [-298, 298])
def test_five_minutes_either_way_are_borne(ada, stripe, paid_at_stripe, seconds):
    assert post_event(latest_event(stripe), SECRET, at=time.time() + seconds).status_code == 200


def test_while_one_secret_replaces_another_both_are_good(ada, stripe, settings, paid_at_stripe):
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_new, {SECRET}"
    assert post_event(latest_event(stripe), "whsec_new").status_code == 200
    assert post_event(latest_event(stripe), SECRET).json()["outcome"] == "duplicate"


def test_without_a_secret_nobody_is_believed(settings):
    settings.STRIPE_WEBHOOK_SECRET = " , "
    assert post_event("{}", "").status_code == 503


def test_only_post_and_nothing_huge(stripe):
    assert Client().get(WEBHOOK_PATH).status_code == 405
    assert post_event("x" * (256 * 1024 + 1), SECRET).status_code == 413


def test_while_stripe_does_not_answer_the_event_is_kept_and_swept(ada, stripe, paid_at_stripe):
    stripe.fault("GET", "500", 9)
    event = latest_event(stripe)
    assert process_event(event, SECRET) == "pending"
    assert latest_tab(ada).status == "closing"
    stripe.heal()
    assert inbox.process_pending_events() == 0, "not at once again"
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        assert inbox.process_pending_events() == 1
    assert (latest_tab(ada).status, outcomes()) == ("paid", ["settled"])
    assert post_event(event, SECRET).json()["outcome"] == "duplicate"
    assert assert_ledger_consistent()


def test_bodies_are_forgotten_after_ninety_days_and_names_never(ada, stripe, paid_at_stripe):
    process_event(latest_event(stripe), SECRET)
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        assert inbox.erase_old_bodies() == 0
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert inbox.erase_old_bodies() == 1
    assert ProviderEvent.objects.get().body == ""


def test_strangers_make_no_series(stripe):
    def kinds():
        return {sample.labels["type"] for metric in PROVIDER_EVENTS.collect() for sample in metric.samples}

    event = {"object": "event", "livemode": False, "data": {"object": {"id": "a"}}}
    for number in range(5):
        post_event(event | {"id": f"evt_{number}", "type": f"made.up.{number}"}, SECRET)
    assert kinds() <= handled_event_types() | {"none", "other"}


def test_without_any_word_of_stripes_the_sweep_finds_out(ada, stripe, paid_at_stripe):
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert payment_polling.sweep_payments() == 1
    assert latest_tab(ada).status == "paid"
