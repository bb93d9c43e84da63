"""What the ledger's chain adds to an order and to the check of the ledger, with and without in one run.

    python -m tests.bench.bench_chain [--orders 300] [--tabs 1000] [--postgres postgres://postgres@127.0.0.1:5432]

Orders with and without a link take turns, in another order each time, so that both have the same neighbours
on the machine. The scratch databases are made here and dropped again.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

SCRATCH = "chain_bench"
ROW = "{:11} {:24} {:>12} {:>12} {:>9} {:>9}"
LINES_ON_A_TAB = 6


def measure(orders: int, tabs: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("load_menu", verbosity=0, stdout=io.StringIO())
    for name, act in (("order, whole service", _order()), ("sale, ledger alone", _sale())):
        _compare(connection.vendor, name, act, orders)
    _check(connection.vendor, tabs)


@contextmanager
def without_links() -> Iterator[None]:
    from payments import chain

    with patch.object(chain, "append_link", _no_link):  # a mock would cost more than the link
        yield


def _no_link(*_given: Any) -> None:
    return None


def _order() -> Callable[[int], None]:
    from bartender.services import orders
    from bartender.services.visits import open_visit
    from payments.ledger import OperationContext

    visits: dict[bool, Any] = {}

    def act(number: int) -> None:
        if number % LINES_ON_A_TAB == 0 or not visits:
            visits[True] = open_visit()
        orders.add_line(visits[True], "Water", 1, [], OperationContext(f"order{number}"))

    return act


def _sale() -> Callable[[int], None]:
    from payments import ledger
    from payments.ledger import OperationContext, Sale, TabTerms

    tabs: dict[bool, Any] = {}

    def act(number: int) -> None:
        if number % LINES_ON_A_TAB == 0 or not tabs:
            tabs[True] = ledger.get_or_open_tab(f"sale{number}", TabTerms())
        ledger.charge(tabs[True], [Sale(f"line{number}", 1, 5_00)], OperationContext(f"sale{number}"))

    return act


def _compare(vendor: str, name: str, act: Callable[[int], None], count: int) -> None:
    """Medians in milliseconds, by the clock and of this process alone: a busy machine moves the first."""
    wall, own = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for number in range(12):
        act(number)
    number, chance = LINES_ON_A_TAB * 2, random.Random(3)
    for _round in range(count):
        pair = ["with", "without"]
        chance.shuffle(pair)
        for kind in pair:
            number += 1
            with without_links() if kind == "without" else nullcontext():
                began, began_own = time.perf_counter(), time.process_time()
                act(number)
                own[kind].append(time.process_time() - began_own)
                wall[kind].append(time.perf_counter() - began)
    for what, times in (("clock", wall), ("processor", own)):
        medians = {kind: 1_000 * statistics.median(values) for kind, values in times.items()}
        added = 100 * (medians["with"] / medians["without"] - 1)
        shown = (f"{medians['without']:.3f} ms", f"{medians['with']:.3f} ms", f"{added:+.1f} %")
        print(ROW.format(vendor, name, *shown, what), flush=True)


def _check(vendor: str, tabs: int) -> None:
    """How long the check of so many tabs takes, of which the chain's part."""
    from django.db import transaction

    from payments import chain, invariants, ledger
    from payments.ledger import OperationContext, Sale, TabTerms
    from payments.models import Journal, Tab

    from_now = Tab.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        for number in range(tabs):
            tab = ledger.get_or_open_tab(f"check{number}", TabTerms())
            for line in range(LINES_ON_A_TAB):
                key = OperationContext(f"check{number}:{line}")
                ledger.charge(tab, [Sale(f"{number}:{line}", 1, 5_00)], key)
    checked = Tab.objects.filter(pk__gt=from_now)
    began = time.perf_counter()
    assert list(invariants.check_tabs(checked)) == []
    whole = time.perf_counter() - began
    with patch.object(invariants, "TAB_INVARIANTS", invariants.TAB_INVARIANTS[2:]):
        began = time.perf_counter()
        list(invariants.check_tabs(checked))
        others = time.perf_counter() - began
    _time_link(vendor, checked)
    journals = Journal.objects.filter(tab__in=checked).count()
    shown = (f"{others:.2f} s", f"{whole:.2f} s", f"{100 * (whole / others - 1):+.0f} %")
    print(ROW.format(vendor, f"check, {tabs:,} tabs", *shown, "clock"), flush=True)
    print(f"{vendor}: {journals:,} journals checked, key {chain.current_key_id()}", flush=True)


def _time_link(vendor: str, tabs: Any) -> None:
    """What making one link takes of the processor, beside the medians above: those move with the machine."""
    from payments import chain

    tab = tabs[0]
    journal = tab.journals.get(version=1)
    entries, key = list(journal.entries.all()), chain.current_key_id()
    began = time.process_time()
    for _ in range(2_000):
        chain.link_of(tab, journal, entries, chain.FIRST, key)
    micros = 1e6 * (time.process_time() - began) / 2_000
    print(ROW.format(vendor, "one link", "", f"{micros:.0f} us", "", "processor"), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=300, help="of each kind")
    parser.add_argument("--tabs", type=int, default=1_000)
    parser.add_argument(
        "--postgres", default="postgres://postgres@127.0.0.1:5432", help="a server; empty: skip"
    )
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.orders, asked.tabs)
        return
    print(ROW.format("database", "what", "without", "with", "added", "by the"), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        run(f"sqlite:///{Path(folder) / 'bench.sqlite3'}", asked)
    if asked.postgres:
        import psycopg

        with psycopg.connect(f"{asked.postgres}/postgres", autocommit=True) as db:
            db.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")
            db.execute(f"CREATE DATABASE {SCRATCH}")
            try:
                run(f"{asked.postgres}/{SCRATCH}", asked)
            finally:
                db.execute(f"DROP DATABASE {SCRATCH} WITH (FORCE)")


def run(url: str, asked: argparse.Namespace) -> None:
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "maya_site.settings"}
    numbers = ["--orders", str(asked.orders), "--tabs", str(asked.tabs)]
    subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_chain", "--measure", *numbers], check=True, env=environment
    )


if __name__ == "__main__":
    main()
