"""The faults F16 to F18 of money, one row each: what is done to the house, what must come of it, what did.

A row's deed returns what happened in a few words and falls over where it is not as it must be. Played by the
suite (test_fault_rows.py), and printed as a table by `python -m tests.drills.fault_table`.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from bartender.models.visits import Visit
from bartender.services import bills, orders
from bartender.services.visits import open_visit
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from maya_site.core.errors import Refusal
from maya_site.tasks.worker import run_due_tasks
from payments import invariants, payment_polling
from payments.models import Journal, Payment, ProviderEvent, Tab
from payments.settlement import reconcile_payment
from payments.webhooks import inbox
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently
from tests.payments.conftest import SECRET
from tests.payments.ledger_helpers import latest_payment, latest_tab, payment_card_of
from tests.payments.stripe_checkout import (
    confirm_pending_payment,
    open_checkout,
    order_and_request_bill,
    pay_at_stripe,
)
from tests.vendors.stripe.account import StripeApiError, StripeObject
from tests.vendors.stripe.api import ScriptedStripe
from tests.vendors.stripe.webhook_sender import post_event, process_event, signature

FaultAction = Callable[[ScriptedStripe], str]


@dataclass(frozen=True)
class FaultRow:
    id: str
    fault: str
    expected: str
    action: FaultAction


# --- what rows are made of -----------------------------------------------------------------------------


def open_payment() -> Payment:
    return confirm_pending_payment(order_and_request_bill(open_visit()))


def paid_without_event(stripe: ScriptedStripe) -> tuple[Payment, StripeObject]:
    """Paid at Stripe, and the bar has not heard of it; with the event that would tell."""
    payment = open_payment()
    pay_at_stripe(stripe, payment)
    return payment, stripe.books.events[-1]


def is_paid_once(stripe: ScriptedStripe, payment: Payment) -> str:
    payment.refresh_from_db()
    tab = Tab.objects.get(pk=payment.tab_id)
    taken = [one for one in stripe.books.of("payment_intent") if one["metadata"]["maya_tab"] == tab.code]
    assert (payment.status, tab.status, len(taken)) == ("succeeded", "paid", 1)
    assert Journal.objects.filter(tab=tab, kind="payment").count() == 1
    assert not list(invariants.check_tabs(Tab.objects.filter(pk=tab.pk)))
    return "paid once"


def is_not_paid(payment: Payment) -> str:
    payment.refresh_from_db()
    assert (payment.status, tab_status(payment)) == ("link_open", "closing")
    return "not paid, tab still frozen"


def tab_status(payment: Payment) -> str:
    return str(Tab.objects.get(pk=payment.tab_id).status)


@contextmanager
def temporary_settings(**changes: Any) -> Iterator[None]:
    before = {name: getattr(settings, name) for name in changes}
    for name, value in changes.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


# --- F16: the way to Stripe ------------------------------------------------------------------------------


def pay_through_fault(fault: str, stripe: ScriptedStripe, *, mcp: bool = False) -> str:
    """She says yes until there is a link, and pays it."""
    place = "MCP PostPaymentLinks" if mcp else "POST /v1/checkout/sessions"
    till = {"PAYMENT_PROVIDER": "stripe_mcp", "STRIPE_MCP_URL": stripe.mcp_address} if mcp else {}
    if mcp:  # nobody else to be asked
        till["STRIPE_API_BASE"] = "http://127.0.0.1:9"
    with temporary_settings(TILL_READ_SECONDS=0.4, **till):
        visit = order_and_request_bill(open_visit())
        stripe.fault(place, fault, 2)
        said = confirm_until_link(visit)
        payment = latest_payment(visit)
        made = stripe.books.sessions_of(payment.code) + [
            one for one in stripe.books.of("payment_link") if one["metadata"]["maya_payment"] == payment.code
        ]
        assert len([one for one in made if one.get("active") or one.get("status") == "open"]) == 1
        pay_at_stripe(stripe, payment)
        reconcile_payment(payment, make_context())
    return f"{said}; one link, {is_paid_once(stripe, payment)}"


def confirm_until_link(visit: Visit) -> str:
    said = []
    for _ in range(4):
        try:
            confirm_pending_payment(visit)
        except Refusal as refusal:
            said.append(type(refusal).__name__)
        else:
            return " ".join([*said, "link"])
    raise AssertionError(f"no link after all: {said}")


def pay_with_unreachable_stripe(address: str, stripe: ScriptedStripe) -> str:
    visit = order_and_request_bill(open_visit())
    with temporary_settings(STRIPE_API_BASE=address.format(port=stripe.address.rpartition(":")[2])):
        try:
            confirm_pending_payment(visit)
        except Refusal as refusal:
            said = type(refusal).__name__
    assert said == "PayAtTheBar"
    assert latest_tab(visit).flagged_at
    assert not stripe.books.sessions_of(latest_payment(visit).code)
    return f"{said}, tab flagged, nothing made; then {confirm_until_link(visit)}"


# --- F17: events -----------------------------------------------------------------------------------------


def deliver_twenty_concurrently(stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    tell = partial(post_event, event, SECRET)
    at_once = connection.vendor == "postgresql" and not connection.in_atomic_block
    answers = run_concurrently(*[tell] * 20) if at_once else [tell() for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert ProviderEvent.objects.filter(event_id=event["id"]).count() == 1
    run_due_tasks()
    return (
        f"20 × 200{'' if at_once else ' (one by one: one writer)'}, one row, {is_paid_once(stripe, payment)}"
    )


def deliver_shuffled(stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    expired = {**event, "id": f"{event['id']}_x", "type": "checkout.session.expired"}
    events = [*stripe.books.events[-2:], expired] * 2
    random.Random(7).shuffle(events)
    return f"{', '.join(process_event(one, SECRET) for one in events)}; {is_paid_once(stripe, payment)}"


def deliver_days_late(stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        return f"{process_event(event, SECRET)}; {is_paid_once(stripe, payment)}"


def deliver_before_response(stripe: ScriptedStripe) -> str:
    visit = order_and_request_bill(open_visit())
    stripe.fault("POST /v1/checkout/sessions", "reset after", 2)
    try:
        confirm_pending_payment(visit)
    except Refusal as refusal:
        said = type(refusal).__name__
    payment = latest_payment(visit)
    assert payment.reference is None
    stripe.books.pay(stripe.books.sessions_of(payment.code)[0]["id"])
    came = process_event(stripe.books.events[-1], SECRET)
    return f"{said}; {came}; {is_paid_once(stripe, payment)}"


def deliver_to_two_endpoints(stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    with temporary_settings(STRIPE_WEBHOOK_SECRET=f"whsec_second, {SECRET}"):
        came = [
            process_event(event, SECRET),
            process_event({**event, "id": f"{event['id']}_2"}, "whsec_second"),
        ]
    return f"{', '.join(came)}; {is_paid_once(stripe, payment)}"


def deliver_foreign_event(change: StripeObject, stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    return f"{process_event(event | change, SECRET)}; {is_not_paid(payment)}"


def deliver_mismatched_event(change: StripeObject, stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    stripe.books.objects[str(payment.reference)].update(change)
    came = process_event(event, SECRET)
    assert came == "mismatch"
    assert Tab.objects.get(pk=payment.tab_id).flagged_at
    return f"{came}, tab flagged; {is_not_paid(payment)}"


def deliver_false_claim(stripe: ScriptedStripe) -> str:
    payment = open_payment()
    thing: StripeObject = {"id": payment.reference, "payment_status": "paid", "status": "complete"}
    thing |= {"metadata": {"maya_payment": payment.code}}
    event: StripeObject = {"id": f"evt_{payment.code}", "object": "event", "livemode": False}
    came = process_event(event | {"type": "checkout.session.completed", "data": {"object": thing}}, SECRET)
    return f"{came}; {is_not_paid(payment)}"


def deliver_unknown_payment(stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    thing = {**event["data"]["object"], "metadata": {"maya_payment": "nobody"}, "payment_intent": None}
    return f"{process_event({**event, 'data': {'object': thing}}, SECRET)}; {is_not_paid(payment)}"


def deliver_bad_signature(sign: Callable[[str], str], stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    body = json.dumps(event)
    before = ProviderEvent.objects.count()
    answer = post_event(body, SECRET, header=sign(body))
    assert (answer.status_code, ProviderEvent.objects.count()) == (400, before)
    return f"400, no row; {is_not_paid(payment)}"


def deliver_broken_body(body: str | bytes, status: int, _stripe: ScriptedStripe) -> str:
    before = ProviderEvent.objects.count()
    answer = post_event(body, SECRET)
    assert (answer.status_code, ProviderEvent.objects.count()) == (status, before)
    return f"{status}, no row"


def deliver_while_stripe_down(stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    stripe.fault("GET", "500", 9)
    came = process_event(event, SECRET)
    stripe.heal()
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        inbox.process_pending_events()
    return f"200, {came}; swept a minute later: {is_paid_once(stripe, payment)}"


def deliver_after_secret_rotation(stripe: ScriptedStripe) -> str:
    payment, event = paid_without_event(stripe)
    with temporary_settings(STRIPE_WEBHOOK_SECRET=f"whsec_new, {SECRET}"):
        came = process_event(event, "whsec_new")
        again = post_event(event, SECRET).json()["outcome"]
    return f"new one: {came}, old one: {again}; {is_paid_once(stripe, payment)}"


# --- F18: guests -----------------------------------------------------------------------------------------


def abandon_checkout(stripe: ScriptedStripe) -> str:
    first, event = paid_without_event(stripe)
    by_event = process_event(event, SECRET)
    second, _ = paid_without_event(stripe)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        payment_polling.sweep_payments()
    is_paid_once(stripe, first)
    return f"by event {by_event}, without one by the sweep; {is_paid_once(stripe, second)}"


def pay_in_two_windows(stripe: ScriptedStripe) -> str:
    visit = order_and_request_bill(open_visit())
    nonce = payment_card_of(bills.bill_of(visit)).nonce
    bills.confirm_payment(visit, nonce)
    bills.confirm_payment(visit, nonce)
    payment = latest_payment(visit)
    session = open_checkout(stripe, payment)
    assert len(stripe.books.sessions_of(payment.code)) == 1
    stripe.books.pay(session["id"])
    try:
        stripe.books.pay(session["id"])
    except StripeApiError as refusal:
        said = str(refusal)
    reconcile_payment(payment, make_context())
    return f"one link in both; the second: “{said}” {is_paid_once(stripe, payment)}"


def order_after_link(stripe: ScriptedStripe) -> str:
    visit = order_and_request_bill(open_visit())
    payment = confirm_pending_payment(visit)
    session = open_checkout(stripe, payment)
    orders.add_line(visit, "IPA", 1, [], make_context())
    try:
        stripe.books.pay(session["id"])
    except StripeApiError as refusal:
        said = str(refusal)
    assert (session["status"], latest_tab(visit).status) == ("expired", "open")
    while_away = order_and_request_bill(open_visit())
    confirm_pending_payment(while_away)
    stripe.fault("POST", "500", 9)
    try:
        orders.add_line(while_away, "IPA", 1, [], make_context())
    except Refusal as refusal:
        kept = type(refusal).__name__
    stripe.heal()
    return f"link ended first (“{said}”); while Stripe is away: {kept}, still frozen"


def open_success_page_unpaid(stripe: ScriptedStripe) -> str:
    payment = open_payment()
    guest = Client()
    guest.cookies[visit_cookie_name()] = sign_visit_code(payment.tab.visit_code)
    page = guest.get(f"/payments/waiting/{payment.code}/")
    assert page.status_code == 200
    return f"“Waiting for the till”; {is_not_paid(payment)}"


def at(seconds: float) -> Callable[[str], str]:
    return lambda body: signature(body, SECRET, time.time() + seconds)


FAULTS = ["500", "500 html", "409", "429", "garbage", "reset", "timeout"]
AFTER = ["500 after", "garbage after", "reset after", "timeout after"]
ONE, PAID, UNPAID, NONE = "one link, paid once", "paid once", "not paid", "400 and no row"
ROWS = [
    *(
        FaultRow("F16", f"API: {fault}, twice", ONE, partial(pay_through_fault, fault))
        for fault in FAULTS + AFTER
    ),
    *(
        FaultRow("F16", f"MCP: {fault}, twice", ONE, partial(pay_through_fault, fault, mcp=True))
        for fault in ["500", "500 after", "429", "reset after", "timeout", "timeout after"]
    ),
    FaultRow(
        "F16", "TLS fails", "pay at the bar", partial(pay_with_unreachable_stripe, "https://127.0.0.1:{port}")
    ),
    FaultRow(
        "F16",
        "nobody answers the door",
        "pay at the bar",
        partial(pay_with_unreachable_stripe, "http://127.0.0.1:9"),
    ),
    FaultRow("F17", "one event 20 times at once", PAID, deliver_twenty_concurrently),
    FaultRow("F17", "three kinds twice, shuffled", PAID, deliver_shuffled),
    FaultRow("F17", "three days late", PAID, deliver_days_late),
    FaultRow("F17", "before our own call returned", PAID, deliver_before_response),
    FaultRow("F17", "two endpoints on one address", PAID, deliver_to_two_endpoints),
    FaultRow("F17", "Stripe away while it comes", PAID, deliver_while_stripe_down),
    FaultRow("F17", "secret rotated", PAID, deliver_after_secret_rotation),
    FaultRow("F17", "wrong account", UNPAID, partial(deliver_foreign_event, {"account": "acct_other"})),
    FaultRow("F17", "wrong mode", UNPAID, partial(deliver_foreign_event, {"livemode": True})),
    FaultRow(
        "F17", "wrong mode of the object", UNPAID, partial(deliver_mismatched_event, {"livemode": True})
    ),
    FaultRow("F17", "wrong currency", UNPAID, partial(deliver_mismatched_event, {"currency": "eur"})),
    FaultRow("F17", "wrong amount", UNPAID, partial(deliver_mismatched_event, {"amount_total": 1})),
    FaultRow("F17", "unknown session", UNPAID, deliver_unknown_payment),
    FaultRow("F17", "signed, and not true", UNPAID, deliver_false_claim),
    FaultRow(
        "F17", "forged", NONE, partial(deliver_bad_signature, lambda body: signature(body, "whsec_other"))
    ),
    FaultRow(
        "F17",
        "older scheme only",
        NONE,
        partial(deliver_bad_signature, partial(signature, secret=SECRET, scheme="v0")),
    ),
    FaultRow("F17", "replayed after 301 s", NONE, partial(deliver_bad_signature, at(-302))),
    FaultRow("F17", "301 s in the future", NONE, partial(deliver_bad_signature, at(303))),
    FaultRow("F17", "a body of 1 MB", "413 and no row", partial(deliver_broken_body, "x" * 1_000_000, 413)),
    FaultRow("F17", "not UTF-8", NONE, partial(deliver_broken_body, b'{"id": "\xff"}', 400)),
    FaultRow("F17", "{}", NONE, partial(deliver_broken_body, "{}", 400)),
    FaultRow("F18", "pays and never returns", PAID, abandon_checkout),
    FaultRow("F18", "pays in two windows", PAID, pay_in_two_windows),
    FaultRow("F18", "goes back and orders", "link ended first", order_after_link),
    FaultRow("F18", "success page without paying", UNPAID, open_success_page_unpaid),
]
