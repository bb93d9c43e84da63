"""A burst of Stripe's events on a real server: how soon each is acknowledged, and when every tab is paid.

    python -m tests.bench.bench_events --payments 500 --seconds 20

As many guests have paid at a scripted Stripe; each payment's event is sent twice, all of them shuffled,
evenly over the seconds. An acknowledgement is the time from when an event was due to its answer; to settle is
from its row to what it did. Every answer must be 2xx and every payment booked once. All share one machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings

SENDERS = 8
PATIENCE = 120


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--payments", type=int, default=500)
    read.add_argument("--seconds", type=float, default=20)
    asked = read.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = os.environ.get("DATABASE_URL") or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ |= {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "maya_site.settings"}
        return bench(Path(folder), database, asked.payments, asked.seconds)


def bench(folder: Path, database: str, payments: int, seconds: float) -> int:
    import django

    django.setup()
    import logging

    from django.conf import settings

    from tests.drills.bar import BarProcess
    from tests.payments.conftest import SECRET, run_scripted_stripe
    from tests.vendors.stripe.api import KEY

    logging.disable(logging.CRITICAL)
    with run_scripted_stripe(settings) as stripe:
        told = {"STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": stripe.address, "STRIPE_WEBHOOK_SECRET": SECRET}
        with BarProcess(folder, database, **told) as bar:
            events = paid_events(stripe, payments)
            took = sent(events * 2, f"{bar.address}/payments/stripe/webhook/", SECRET, seconds)
            return report(took, payments)


def paid_events(stripe: Any, payments: int) -> list[Any]:
    """Guests who have ordered, said yes, and paid, without the bar having heard of it."""
    from bartender.services import bills, orders
    from bartender.services.visits import open_visit
    from payments import checkout
    from payments.models import Payment
    from tests.guest_fixtures import make_context

    for _ in range(payments):
        visit = open_visit()
        orders.add_line(visit, "IPA", 1, [], make_context())
        card = bills.request_bill(visit, make_context()).payment
        assert card
        bills.confirm_payment(visit, card.nonce)
        payment = Payment.objects.get(code=card.code)
        assert checkout.live_payment(payment.tab)
        stripe.books.pay(payment.reference)
    return [one for one in stripe.books.events if one["type"] == "checkout.session.completed"]


def sent(events: list[Any], door: str, secret: str, seconds: float) -> list[tuple[int, float]]:
    """Status and seconds of each answer. An event that is late waits for its sender, and that counts."""
    random.Random(7).shuffle(events)
    began, took, lock = time.monotonic(), [], threading.Lock()
    due = [(began + seconds * number / len(events), event) for number, event in enumerate(events)]

    def send() -> None:
        while True:
            with lock:
                if not due:
                    return
                at, event = due.pop(0)
            time.sleep(max(0.0, at - time.monotonic()))
            status = post(door, event, secret)
            took.append((status, time.monotonic() - at))

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    print(f"{len(took)} events in {time.monotonic() - began:.1f} s")
    return took


def post(door: str, event: Any, secret: str) -> int:
    from tests.vendors.stripe.webhook_sender import signature

    body = json.dumps(event)
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body, secret)}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(door, body.encode(), headers), timeout=60
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as trouble:
        return trouble.code


def report(took: list[tuple[int, float]], payments: int) -> int:
    from django.db.models import Count, F

    from payments.models import Journal, ProviderEvent

    quiet = at_rest()
    good = sum(200 <= status < 300 for status, _ in took)
    booked = Journal.objects.filter(kind="payment").values("tab").annotate(times=Count("pk"))
    once = sum(one["times"] == 1 for one in booked)
    done = ProviderEvent.objects.annotate(took=F("processed_at") - F("received_at")).filter(state="done")
    settled = [one.total_seconds() for one in done.values_list("took", flat=True)]
    print(f"2xx {good} of {len(took)}; acknowledged {spread([wait for _, wait in took])}")
    print(f"settled {len(settled)} of {payments} events; {spread(settled)}; the last one {quiet:.1f} s after")
    print(f"booked once {once} of {payments}; load {os.getloadavg()[0]:.1f}")
    return int(once != payments or len(booked) != payments or good != len(took))


def at_rest() -> float:
    """Seconds until no event waits any more."""
    from payments.models import ProviderEvent

    began = time.monotonic()
    while ProviderEvent.objects.filter(state="pending").exists() and time.monotonic() - began < PATIENCE:
        time.sleep(0.1)
    return time.monotonic() - began


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds) or [0.0]
    at = {part: ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 for part in (0.5, 0.99, 1)}
    return f"p50 {at[0.5]:.0f} ms, p99 {at[0.99]:.0f} ms, most {at[1]:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
