"""A Celery worker killed in the middle and a Redis flushed: is a payment, an event or a refund lost?

    DATABASE_URL=postgres://postgres@127.0.0.1/drill REDIS_URL=redis://127.0.0.1:6379/4 \\
        python -m tests.drills.lost_workers --payments 15

Both must be the drill's own: the Redis database is flushed. A third of the events comes before the worker is
killed (-9), a third while there is none, and a third never; their payments are found by polling.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 300.0


class CeleryWorker:
    """Celery's own worker and clock, in a group of processes that can be killed together."""

    def __init__(self, folder: Path, **told: str) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "maya_site.celery", "worker", "--beat"]
        celery += ["--pool", "threads", "--concurrency", "2", "--schedule", str(folder / "beat")]
        with (folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                celery, cwd=ROOT, env=os.environ | told, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def drill(folder: Path, payments: int) -> bool:
    import django

    django.setup()
    import logging

    from django.conf import settings

    from tests.bench.bench_events import paid_events
    from tests.payments.conftest import SECRET, run_scripted_stripe
    from tests.vendors.stripe.api import KEY

    logging.disable(logging.CRITICAL)
    prepare(settings)
    with run_scripted_stripe(settings) as stripe:
        told = {"STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": stripe.address, "STRIPE_WEBHOOK_SECRET": SECRET}
        events = paid_events(stripe, payments)
        worker = CeleryWorker(folder, **told)
        try:
            killed_at = kill_mid_work(worker, stripe, events[0::3], SECRET)
            queue_refund(stripe)
            post_events(events[1::3], SECRET)
            flush_redis()
            worker = CeleryWorker(folder, **told)
            quiet = wait_until(lambda: is_settled(payments), TIMEOUT_SECONDS)
        finally:
            worker.kill()
        return report(stripe, payments, killed_at, quiet)


def prepare(settings: Any) -> None:
    import io

    from django.core.management import call_command

    assert settings.REDIS_URL, "REDIS_URL must name a Redis database of the drill's own"
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PRODUCTION = True
    call_command("migrate", verbosity=0)
    call_command("load_menu", stdout=io.StringIO())
    flush_redis()


def flush_redis() -> None:
    import redis
    from django.conf import settings

    with redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()


def post_events(events: list[Any], secret: str) -> None:
    from tests.vendors.stripe.webhook_sender import post_event

    for event in events:
        assert post_event(event, secret).status_code == 200


def kill_mid_work(worker: CeleryWorker, stripe: Any, events: list[Any], secret: str) -> str:
    """While it is working: some are paid, some are under way, some were not begun."""
    from maya_site.tasks.models import Task
    from payments.models import Payment

    stripe.delay = 0.5
    post_events(events, secret)
    paid, running = Payment.objects.filter(status="succeeded"), Task.objects.filter(state="running")
    wait_until(lambda: paid.exists() and running.exists(), TIMEOUT_SECONDS)
    worker.kill()
    stripe.delay = 0.0
    return f"{paid.count()} paid, {running.count()} jobs under way"


def queue_refund(stripe: Any) -> None:
    """A refund that is promised and that nobody has asked the till for yet."""
    from payments import refunds
    from payments.ledger import OperationContext
    from payments.models import Payment

    payment = Payment.objects.filter(status="succeeded").earliest("id")
    refunds.request_refund(
        payment, 1_00, OperationContext("drill:refund", "staff:Dee", "admin", reason="It came warm")
    )


def is_settled(payments: int) -> bool:
    from payments.models import Payment, ProviderEvent, Refund

    paid = Payment.objects.filter(status="succeeded").count()
    waiting = (
        ProviderEvent.objects.filter(state="pending").count()
        + Refund.objects.exclude(status="succeeded").count()
    )
    return paid == payments and not waiting


def wait_until(condition: Any, timeout_seconds: float) -> float:
    """Seconds until it was so, or all of the patience."""
    began = time.monotonic()
    while time.monotonic() - began < timeout_seconds and not condition():
        time.sleep(0.05)
    return time.monotonic() - began


def report(stripe: Any, payments: int, killed_at: str, quiet: float) -> bool:
    from django.db.models import Count

    from maya_site.tasks.models import Task
    from payments import invariants
    from payments.models import Journal, ProviderEvent, Refund, Tab
    from tests.payments.histories import clearing_balance_cents

    booked = Journal.objects.filter(kind="payment").values("tab").annotate(times=Count("pk"))
    wrong = [
        str(one) for one in (*invariants.check_tabs(Tab.objects.all()), *invariants.check_ledger_totals())
    ]
    rows = {
        "the worker was killed with": killed_at,
        "payments booked once": f"{sum(one['times'] == 1 for one in booked)} of {payments}",
        "events still waiting": ProviderEvent.objects.filter(state="pending").count(),
        "refunds given back": Refund.objects.filter(status="succeeded").count(),
        "jobs that were given up": Task.objects.filter(state="failed").count(),
        "the ledger and Stripe": f"{clearing_balance_cents()} and {stripe.books.balance}",
        "at rest after": f"{quiet:.0f} s with a new worker",
        "in disorder": len(wrong),
    }
    for name, value in rows.items():
        print(f"{name:28} {value}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    once = len(booked) == payments and all(one["times"] == 1 for one in booked)
    return once and is_settled(payments) and not wrong and clearing_balance_cents() == stripe.books.balance


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--payments", type=int, default=15)
    asked = read.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
    with tempfile.TemporaryDirectory() as folder:
        good = drill(Path(folder), asked.payments)
        if not good:
            print((Path(folder) / "worker.log").read_text()[-3000:])
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
