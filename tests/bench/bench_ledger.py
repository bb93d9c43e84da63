"""Ledger operations a second, beside the same statements through the bare driver, in one run.

    python -m tests.bench.bench_ledger [--seconds 3] [--postgres postgres://postgres@127.0.0.1:5432]

One operation is a sale: lock the tab, look for the key, for the line and for play money spent, then write
journal, two legs and the tab. The scratch databases are made here and dropped again.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

THREADS = 8
SCRATCH = "money_bench"
ROW = "{:12} {:28} {:>11} {:>11} {:>8}"
_numbers = itertools.count(1)
Work = Callable[[int], None]

SELECT_TAB = "SELECT version, t.* FROM payments_tab t WHERE id = {p}{lock}"
SELECT_KEY = "SELECT * FROM payments_journal WHERE tab_id = {p} AND key = {p} ORDER BY id LIMIT 1"
SELECT_LINE = (
    "SELECT account, reference, unit_cents, SUM(quantity) FROM payments_ledgerentry WHERE tab_id = {p} "
    "AND reference IN ({p}) AND account IN ({p}, {p}) GROUP BY account, reference, unit_cents"
)
SELECT_PLAYED = (
    "SELECT SUM(e.cents) FROM payments_ledgerentry e JOIN payments_tab t ON e.tab_id = t.id "
    "WHERE e.account = {p} AND t.visit_code = {p}"
)
INSERT_JOURNAL = (
    "INSERT INTO payments_journal "
    "(tab_id, version, kind, key, fingerprint, actor, source, turn, reason, created_at) "
    "VALUES ({p}, {p}, 'charge', {p}, {p}, 'guest', 'tool', '', '', {p}) RETURNING id"
)
INSERT_LEGS = (
    "INSERT INTO payments_ledgerentry (journal_id, tab_id, account, cents, reference, quantity, unit_cents) "
    "VALUES ({p}, {p}, 'sales', -100, {p}, 1, 100), ({p}, {p}, 'receivable', 100, '', 0, 0)"
)
UPDATE_TAB = (
    "UPDATE payments_tab SET status = 'open', subtotal_cents = {p}, discount_cents = 0, tax_cents = 0, "
    "tip_cents = 0, tip_bp = NULL, paid_cents = 0, units = {p}, version = {p}, closed_at = NULL "
    "WHERE id = {p}"
)


class Bare:
    """One connection of the driver itself, sending what the ledger sends."""

    def __init__(self, url: str) -> None:
        self.postgres = url.startswith("postgres")
        names = {"p": "%s" if self.postgres else "?", "lock": " FOR UPDATE" if self.postgres else ""}
        self.sql = {
            name: text.format(**names)
            for name, text in globals().items()
            if name.startswith(("SELECT_", "INSERT_", "UPDATE_"))
        }
        self.db = self._connect(url)

    def _connect(self, url: str) -> Any:
        if self.postgres:
            import psycopg

            return psycopg.connect(url, autocommit=True, prepare_threshold=None)
        import sqlite3

        db = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20, isolation_level=None)
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA foreign_keys=ON")
        return db

    def sale(self, tab: int, visit: str) -> None:
        line, ask = f"bare{next(_numbers)}", self.db.execute
        ask("BEGIN" if self.postgres else "BEGIN IMMEDIATE")
        version = ask(self.sql["SELECT_TAB"], (tab,)).fetchone()[0] + 1
        assert ask(self.sql["SELECT_KEY"], (tab, line)).fetchone() is None
        ask(self.sql["SELECT_LINE"], (tab, line, "sales", "comps")).fetchall()
        ask(self.sql["SELECT_PLAYED"], ("mock_clearing", visit)).fetchone()
        at = "2026-11-23 20:00:00+00:00"
        (journal,) = ask(self.sql["INSERT_JOURNAL"], (tab, version, line, "0" * 64, at)).fetchone()
        ask(self.sql["INSERT_LEGS"], (journal, tab, line, journal, tab))
        ask(self.sql["UPDATE_TAB"], (version * 100, version, version, tab))
        ask("COMMIT")


def rate(works: list[Work], seconds: float) -> float:
    """Operations a second of all threads together."""
    from django.db import connections

    done, stop = [0] * len(works), time.perf_counter() + seconds

    def run(place: int) -> None:
        while time.perf_counter() < stop:
            works[place](place)
            done[place] += 1
        connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - began)


# Rows that the driver writes past the ledger name nobody.
DRIVER_VIOLATES = "every_journal_has_actor_and_source"


def measure(url: str, seconds: float) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    from maya_site.core.db import atomic_with_retry
    from payments import invariants, ledger
    from payments.ledger import OperationContext, Sale, TabTerms
    from payments.models import Tab

    call_command("migrate", verbosity=0)
    most = 2_000_000_000
    terms = TabTerms(cap_cents=most, unit_cap=most, play_money_cents=most)
    charge = atomic_with_retry(ledger.charge)

    def tabs(count: int) -> list[Tab]:
        return [ledger.get_or_open_tab(f"visit{next(_numbers)}", terms) for _ in range(count)]

    def through_the_ledger(tab: Tab) -> Work:
        def work(_: int) -> None:
            number = next(_numbers)
            charge(tab, [Sale(f"line{number}", 1, 1_00)], OperationContext(f"key{number}"))

        return work

    def through_the_driver(tab: Tab) -> Work:
        own = threading.local()

        def work(_: int) -> None:
            if not hasattr(own, "bare"):
                own.bare = Bare(url)
            own.bare.sale(tab.pk, tab.visit_code)

        return work

    cases = {
        "one tab, one thread": lambda: tabs(1),
        f"one tab, {THREADS} threads": lambda: tabs(1) * THREADS,
        f"{THREADS} tabs, {THREADS} threads": lambda: tabs(THREADS),
    }
    for name, make in cases.items():
        ours = rate([through_the_ledger(tab) for tab in make()], seconds)
        bare = rate([through_the_driver(tab) for tab in make()], seconds)
        share = f"{100 * ours / bare:.0f} %"
        print(ROW.format(connection.vendor, name, f"{ours:.0f}/s", f"{bare:.0f}/s", share), flush=True)
    wrong = [one for one in invariants.check_tabs(Tab.objects.all()) if one.invariant != DRIVER_VIOLATES]
    print(f"{connection.vendor}: {Tab.objects.count()} tabs, violations {len(wrong)} {wrong[:2]}", flush=True)
    connections.close_all()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument(
        "--postgres", default="postgres://postgres@127.0.0.1:5432", help="a server; empty: skip"
    )
    parser.add_argument("--measure", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.measure, asked.seconds)
        return
    print(ROW.format("database", "case", "ledger", "bare driver", "share"), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        run(f"sqlite:///{Path(folder) / 'bench.sqlite3'}", asked.seconds)
    if asked.postgres:
        on_postgres(asked.postgres, asked.seconds)


def on_postgres(server: str, seconds: float) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as db:
        db.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")
        db.execute(f"CREATE DATABASE {SCRATCH}")
        try:
            run(f"{server}/{SCRATCH}", seconds)
        finally:
            db.execute(f"DROP DATABASE {SCRATCH} WITH (FORCE)")


def run(url: str, seconds: float) -> None:
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "maya_site.settings"}
    command = [sys.executable, "-m", "tests.bench.bench_ledger", "--measure", url, "--seconds", str(seconds)]
    subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main()
