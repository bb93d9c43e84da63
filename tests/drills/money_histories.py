"""Evenings with faults: is anybody charged twice, a payment lost, a tab paid without Stripe's word?

    python -m tests.drills.money_histories --count 1000 --seed 7

Each history is two guests who also share a table, staff who void, comp and refund, a scripted Stripe that
fails as it likes, and its events duplicated, shuffled, delayed and forged. At rest the ledger must equal
Stripe's balance. One in ten goes through Stripe's MCP server. A seed that went wrong is printed, and played
again alone by --only. Several processes, each with a Stripe and databases of its own.
"""

from __future__ import annotations

import argparse
import io
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings

# In one book the sweeps of each history would leaf through what all before it left behind.
BATCH_SIZE = 20
PROMISES = {
    "charged twice": "double charges",
    "lost": "lost payments",
    "unheard": "paid without Stripe's word",
    "balance": "books that differ from Stripe's balance",
    "other": "other disorder",
}


@dataclass
class HistoryResults:
    """What some histories came to; they are added up."""

    histories: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: HistoryResults) -> None:
        self.histories += other.histories
        self.steps += other.steps
        self.rows += other.rows
        self.violations += other.violations


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--count", type=int, default=100)
    read.add_argument("--seed", default="7")
    read.add_argument("--steps", type=int, default=32)
    read.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    read.add_argument("--only", default="", help="one history by its seed, as 7:41")
    asked = read.parse_args()
    seeds = [f"{asked.seed}:{number}" for number in range(asked.count)]
    if asked.only:
        seeds = [asked.only]
    with tempfile.TemporaryDirectory() as folder:
        found = run_histories(Path(folder), seeds, asked.steps, asked.processes)
    return int(bool(found.violations))


def run_histories(folder: Path, seeds: list[str], steps: int, processes: int) -> HistoryResults:
    template = folder / "template.sqlite3"
    os.environ["DATABASE_URL"] = f"sqlite:///{template}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
    prepare()
    began, found = time.monotonic(), HistoryResults()
    pieces = [(template, seeds[at : at + BATCH_SIZE], steps) for at in range(0, len(seeds), BATCH_SIZE)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for piece in pool.imap_unordered(run_batch, pieces):
            found.add(piece)
            print(f"{found.histories}/{len(seeds)} in {time.monotonic() - began:.0f} s", flush=True)
            print(*piece.violations, sep="\n", end="\n" if piece.violations else "", flush=True)
    report(found, time.monotonic() - began)
    return found


def prepare() -> None:
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    import tests.payments.histories  # noqa: F401  read once, before the processes part
    from payments.providers.stripe import api, mcp  # noqa: F401

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PRODUCTION = True  # no simulated till to fall back on
    call_command("migrate", verbosity=0)
    call_command("load_menu", stdout=io.StringIO())
    connections.close_all()


def run_batch(piece: tuple[Path, list[str], int]) -> HistoryResults:
    """Some histories in a database of their own."""
    from django.conf import settings
    from django.db import connection

    from payments import invariants
    from tests.payments.conftest import run_scripted_stripe

    template, seeds, steps = piece
    mine = template.with_name(f"{seeds[0].replace(':', '-')}.sqlite3")
    shutil.copy(template, mine)
    connection.settings_dict["NAME"] = str(mine)
    found = HistoryResults(len(seeds))
    with run_scripted_stripe(settings) as stripe:
        for seed in seeds:
            run_history(seed, steps, stripe, found)
    found.violations += [f"book of {seeds[0]}: {one}" for one in invariants.check_ledger_totals()]
    found.rows += booked_counts()
    connection.close()
    mine.unlink()
    return found


def run_history(seed: str, steps: int, stripe: Any, found: HistoryResults) -> None:
    from django.conf import settings

    from tests.payments.conftest import SECRET
    from tests.payments.histories import SimulatedHistory, clearing_balance_cents, find_violations
    from tests.vendors.stripe.account import StripeAccount

    by_mcp = seed.endswith("9")
    settings.PAYMENT_PROVIDER = "stripe_mcp" if by_mcp else "stripe"
    settings.STRIPE_MCP_URL = stripe.mcp_address if by_mcp else ""
    stripe.books = StripeAccount()  # an account of its own, so that none has to leaf through the others'
    before = clearing_balance_cents()
    story = SimulatedHistory(seed, stripe, SECRET)
    story.play(steps)
    story.run_until_settled()
    found.violations += [f"history {seed}: {one}" for one in find_violations(story)]
    ours = clearing_balance_cents() - before
    if ours != stripe.books.balance:
        found.violations.append(
            f"history {seed}: balance: the ledger has {ours}, Stripe {stripe.books.balance}"
        )
    found.steps.update(story.steps_done)
    found.rows["cents at Stripe"] += stripe.books.balance
    found.rows["cents in the ledger"] += ours
    found.rows["payments at Stripe"] += len(stripe.books.of("payment_intent"))
    found.rows["refunds at Stripe"] += len(stripe.books.of("refund"))


def booked_counts() -> Counter[str]:
    """What the bar did of it all, so that nobody takes an idle evening for a quiet one."""
    from payments.models import Journal, Payment, ProviderEvent, Refund, Split

    rows = Counter(f"journals: {kind}" for kind in Journal.objects.values_list("kind", flat=True))
    rows["payments of shares"] = Payment.objects.filter(share__isnull=False, status="succeeded").count()
    rows["split bills"] = Split.objects.count()
    rows["refunds refused by Stripe"] = Refund.objects.filter(status="failed").count()
    rows["events heard"] = ProviderEvent.objects.count()
    return rows


def report(found: HistoryResults, seconds: float) -> None:
    print(f"\n{found.histories} histories, {found.steps.total()} deeds in {seconds:.0f} s")
    for name, count in sorted((found.steps + found.rows).items()):
        print(f"  {name:28} {count:>9}")
    for word, promise in PROMISES.items():
        print(f"{promise:42} {sum(violation_kind(one) == word for one in found.violations)}")
    print(f"wrong: {len(found.violations)}")


def violation_kind(wrong: str) -> str:
    return next((word for word in PROMISES if f": {word}: " in wrong), "other")


if __name__ == "__main__":
    sys.exit(main())
