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

from bartender.records.visits import Visit
from bartender.services import bills, orders
from bartender.services.visits import open_visit
from maya_site.jobs.drain import drain
from maya_site.lib.cookies import cookie_name, signed
from maya_site.lib.errors import Refused
from payments import audit, polling
from payments.models import Journal, Payment, StripeEvent, Tab
from payments.settling import catch_up
from payments.webhooks import inbox
from tests.cast import cause
from tests.payments.at_stripe import asked_to_pay, opened, pays, says_yes
from tests.payments.book import attempt_of, card_of, tab_of
from tests.payments.conftest import SECRET
from tests.payments.together import together
from tests.vendors.stripe.api import ScriptedStripe
from tests.vendors.stripe.books import Object, Refusal
from tests.vendors.stripe.messenger import brought, came_of, signature

Deed = Callable[[ScriptedStripe], str]


@dataclass(frozen=True)
class Row:
    id: str
    fault: str
    expected: str
    deed: Deed


# --- what rows are made of -----------------------------------------------------------------------------


def at_the_till() -> Payment:
    return says_yes(asked_to_pay(open_visit()))


def paid_unheard(stripe: ScriptedStripe) -> tuple[Payment, Object]:
    """Paid at Stripe, and the house has not heard of it; with the event that would tell."""
    payment = at_the_till()
    pays(stripe, payment)
    return payment, stripe.books.events[-1]


def is_paid_once(stripe: ScriptedStripe, payment: Payment) -> str:
    payment.refresh_from_db()
    tab = Tab.objects.get(pk=payment.tab_id)
    taken = [one for one in stripe.books.of("payment_intent") if one["metadata"]["maya_tab"] == tab.code]
    assert (payment.status, tab.status, len(taken)) == ("succeeded", "paid", 1)
    assert Journal.objects.filter(tab=tab, kind="payment").count() == 1
    assert not list(audit.check_tabs(Tab.objects.filter(pk=tab.pk)))
    return "paid once"


def is_not_paid(payment: Payment) -> str:
    payment.refresh_from_db()
    assert (payment.status, tab_status(payment)) == ("link_open", "closing")
    return "not paid, tab still frozen"


def tab_status(payment: Payment) -> str:
    return str(Tab.objects.get(pk=payment.tab_id).status)


@contextmanager
def set_to(**changes: Any) -> Iterator[None]:
    before = {name: getattr(settings, name) for name in changes}
    for name, value in changes.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


# --- F16: the way to Stripe ------------------------------------------------------------------------------


def a_fault(fault: str, stripe: ScriptedStripe, *, mcp: bool = False) -> str:
    """She says yes until there is a link, and pays it."""
    place = "MCP PostPaymentLinks" if mcp else "POST /v1/checkout/sessions"
    till = {"PAYMENT_PROVIDER": "stripe_mcp", "STRIPE_MCP_URL": stripe.mcp_address} if mcp else {}
    if mcp:  # nobody else to be asked
        till["STRIPE_API_BASE"] = "http://127.0.0.1:9"
    with set_to(TILL_READ_SECONDS=0.4, **till):
        visit = asked_to_pay(open_visit())
        stripe.fault(place, fault, 2)
        said = yes_until_it_works(visit)
        payment = attempt_of(visit)
        made = stripe.books.sessions_of(payment.code) + [
            one for one in stripe.books.of("payment_link") if one["metadata"]["maya_payment"] == payment.code
        ]
        assert len([one for one in made if one.get("active") or one.get("status") == "open"]) == 1
        pays(stripe, payment)
        catch_up(payment, cause())
    return f"{said}; one link, {is_paid_once(stripe, payment)}"


def yes_until_it_works(visit: Visit) -> str:
    said = []
    for _ in range(4):
        try:
            says_yes(visit)
        except Refused as refusal:
            said.append(type(refusal).__name__)
        else:
            return " ".join([*said, "link"])
    raise AssertionError(f"no link after all: {said}")


def nobody_there(address: str, stripe: ScriptedStripe) -> str:
    visit = asked_to_pay(open_visit())
    with set_to(STRIPE_API_BASE=address.format(port=stripe.address.rpartition(":")[2])):
        try:
            says_yes(visit)
        except Refused as refusal:
            said = type(refusal).__name__
    assert said == "PayAtTheBar"
    assert tab_of(visit).flagged_at
    assert not stripe.books.sessions_of(attempt_of(visit).code)
    return f"{said}, tab flagged, nothing made; then {yes_until_it_works(visit)}"


# --- F17: events -----------------------------------------------------------------------------------------


def twenty_at_once(stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    tell = partial(brought, event, SECRET)
    at_once = connection.vendor == "postgresql" and not connection.in_atomic_block
    answers = together(*[tell] * 20) if at_once else [tell() for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert StripeEvent.objects.filter(name=event["id"]).count() == 1
    drain()
    return (
        f"20 × 200{'' if at_once else ' (one by one: one writer)'}, one row, {is_paid_once(stripe, payment)}"
    )


def shuffled(stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    expired = {**event, "id": f"{event['id']}_x", "type": "checkout.session.expired"}
    events = [*stripe.books.events[-2:], expired] * 2
    random.Random(7).shuffle(events)
    return f"{', '.join(came_of(one, SECRET) for one in events)}; {is_paid_once(stripe, payment)}"


def days_late(stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        return f"{came_of(event, SECRET)}; {is_paid_once(stripe, payment)}"


def before_the_call_returned(stripe: ScriptedStripe) -> str:
    visit = asked_to_pay(open_visit())
    stripe.fault("POST /v1/checkout/sessions", "reset after", 2)
    try:
        says_yes(visit)
    except Refused as refusal:
        said = type(refusal).__name__
    payment = attempt_of(visit)
    assert payment.reference is None
    stripe.books.pay(stripe.books.sessions_of(payment.code)[0]["id"])
    came = came_of(stripe.books.events[-1], SECRET)
    return f"{said}; {came}; {is_paid_once(stripe, payment)}"


def two_endpoints(stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    with set_to(STRIPE_WEBHOOK_SECRET=f"whsec_second, {SECRET}"):
        came = [came_of(event, SECRET), came_of({**event, "id": f"{event['id']}_2"}, "whsec_second")]
    return f"{', '.join(came)}; {is_paid_once(stripe, payment)}"


def meant_elsewhere(change: Object, stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    return f"{came_of(event | change, SECRET)}; {is_not_paid(payment)}"


def otherwise_at_stripe(change: Object, stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    stripe.books.objects[str(payment.reference)].update(change)
    came = came_of(event, SECRET)
    assert came == "mismatch"
    assert Tab.objects.get(pk=payment.tab_id).flagged_at
    return f"{came}, tab flagged; {is_not_paid(payment)}"


def a_claim(stripe: ScriptedStripe) -> str:
    payment = at_the_till()
    thing: Object = {"id": payment.reference, "payment_status": "paid", "status": "complete"}
    thing |= {"metadata": {"maya_payment": payment.code}}
    event: Object = {"id": f"evt_{payment.code}", "object": "event", "livemode": False}
    came = came_of(event | {"type": "checkout.session.completed", "data": {"object": thing}}, SECRET)
    return f"{came}; {is_not_paid(payment)}"


def nobody_s(stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    thing = {**event["data"]["object"], "metadata": {"maya_payment": "nobody"}, "payment_intent": None}
    return f"{came_of({**event, 'data': {'object': thing}}, SECRET)}; {is_not_paid(payment)}"


def refused(sign: Callable[[str], str], stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    body = json.dumps(event)
    before = StripeEvent.objects.count()
    answer = brought(body, SECRET, header=sign(body))
    assert (answer.status_code, StripeEvent.objects.count()) == (400, before)
    return f"400, no row; {is_not_paid(payment)}"


def broken(body: str | bytes, status: int, _stripe: ScriptedStripe) -> str:
    before = StripeEvent.objects.count()
    answer = brought(body, SECRET)
    assert (answer.status_code, StripeEvent.objects.count()) == (status, before)
    return f"{status}, no row"


def stripe_is_away(stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    stripe.fault("GET", "500", 9)
    came = came_of(event, SECRET)
    stripe.heal()
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        inbox.sweep()
    return f"200, {came}; swept a minute later: {is_paid_once(stripe, payment)}"


def rotated(stripe: ScriptedStripe) -> str:
    payment, event = paid_unheard(stripe)
    with set_to(STRIPE_WEBHOOK_SECRET=f"whsec_new, {SECRET}"):
        came = came_of(event, "whsec_new")
        again = brought(event, SECRET).json()["outcome"]
    return f"new one: {came}, old one: {again}; {is_paid_once(stripe, payment)}"


# --- F18: guests -----------------------------------------------------------------------------------------


def walks_away(stripe: ScriptedStripe) -> str:
    first, event = paid_unheard(stripe)
    by_event = came_of(event, SECRET)
    second, _ = paid_unheard(stripe)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        polling.sweep()
    is_paid_once(stripe, first)
    return f"by event {by_event}, without one by the sweep; {is_paid_once(stripe, second)}"


def two_windows(stripe: ScriptedStripe) -> str:
    visit = asked_to_pay(open_visit())
    nonce = card_of(bills.bill_of(visit)).nonce
    bills.confirm_payment(visit, nonce)
    bills.confirm_payment(visit, nonce)
    payment = attempt_of(visit)
    session = opened(stripe, payment)
    assert len(stripe.books.sessions_of(payment.code)) == 1
    stripe.books.pay(session["id"])
    try:
        stripe.books.pay(session["id"])
    except Refusal as refusal:
        said = str(refusal)
    catch_up(payment, cause())
    return f"one link in both; the second: “{said}” {is_paid_once(stripe, payment)}"


def orders_on(stripe: ScriptedStripe) -> str:
    visit = asked_to_pay(open_visit())
    payment = says_yes(visit)
    session = opened(stripe, payment)
    orders.add(visit, "IPA", 1, [], cause())
    try:
        stripe.books.pay(session["id"])
    except Refusal as refusal:
        said = str(refusal)
    assert (session["status"], tab_of(visit).status) == ("expired", "open")
    while_away = asked_to_pay(open_visit())
    says_yes(while_away)
    stripe.fault("POST", "500", 9)
    try:
        orders.add(while_away, "IPA", 1, [], cause())
    except Refused as refusal:
        kept = type(refusal).__name__
    stripe.heal()
    return f"link ended first (“{said}”); while Stripe is away: {kept}, still frozen"


def success_page_unpaid(stripe: ScriptedStripe) -> str:
    payment = at_the_till()
    guest = Client()
    guest.cookies[cookie_name()] = signed(payment.tab.visit_code)
    page = guest.get(f"/payments/waiting/{payment.code}/")
    assert page.status_code == 200
    return f"“Waiting for the till’s word”; {is_not_paid(payment)}"


def at(seconds: float) -> Callable[[str], str]:
    return lambda body: signature(body, SECRET, time.time() + seconds)


FAULTS = ["500", "500 html", "409", "429", "garbage", "reset", "timeout"]
AFTER = ["500 after", "garbage after", "reset after", "timeout after"]
ONE, PAID, UNPAID, NONE = "one link, paid once", "paid once", "not paid", "400 and no row"
ROWS = [
    *(Row("F16", f"API: {fault}, twice", ONE, partial(a_fault, fault)) for fault in FAULTS + AFTER),
    *(
        Row("F16", f"MCP: {fault}, twice", ONE, partial(a_fault, fault, mcp=True))
        for fault in ["500", "500 after", "429", "reset after", "timeout", "timeout after"]
    ),
    Row("F16", "TLS fails", "pay at the bar", partial(nobody_there, "https://127.0.0.1:{port}")),
    Row("F16", "nobody answers the door", "pay at the bar", partial(nobody_there, "http://127.0.0.1:9")),
    Row("F17", "one event 20 times at once", PAID, twenty_at_once),
    Row("F17", "three kinds twice, shuffled", PAID, shuffled),
    Row("F17", "three days late", PAID, days_late),
    Row("F17", "before our own call returned", PAID, before_the_call_returned),
    Row("F17", "two endpoints on one address", PAID, two_endpoints),
    Row("F17", "Stripe away while it comes", PAID, stripe_is_away),
    Row("F17", "secret rotated", PAID, rotated),
    Row("F17", "wrong account", UNPAID, partial(meant_elsewhere, {"account": "acct_other"})),
    Row("F17", "wrong mode", UNPAID, partial(meant_elsewhere, {"livemode": True})),
    Row("F17", "wrong mode of the object", UNPAID, partial(otherwise_at_stripe, {"livemode": True})),
    Row("F17", "wrong currency", UNPAID, partial(otherwise_at_stripe, {"currency": "eur"})),
    Row("F17", "wrong amount", UNPAID, partial(otherwise_at_stripe, {"amount_total": 1})),
    Row("F17", "unknown session", UNPAID, nobody_s),
    Row("F17", "signed, and not true", UNPAID, a_claim),
    Row("F17", "forged", NONE, partial(refused, lambda body: signature(body, "whsec_other"))),
    Row("F17", "older scheme only", NONE, partial(refused, partial(signature, secret=SECRET, scheme="v0"))),
    Row("F17", "replayed after 301 s", NONE, partial(refused, at(-302))),
    Row("F17", "301 s in the future", NONE, partial(refused, at(303))),
    Row("F17", "a body of 1 MB", "413 and no row", partial(broken, "x" * 1_000_000, 413)),
    Row("F17", "not UTF-8", NONE, partial(broken, b'{"id": "\xff"}', 400)),
    Row("F17", "{}", NONE, partial(broken, "{}", 400)),
    Row("F18", "pays and never returns", PAID, walks_away),
    Row("F18", "pays in two windows", PAID, two_windows),
    Row("F18", "goes back and orders", "link ended first", orders_on),
    Row("F18", "success page without paying", UNPAID, success_page_unpaid),
]
