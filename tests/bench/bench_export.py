"""How long an export of the books takes and what memory it needs, with as many settled tabs as are asked for.

    python -m tests.bench.bench_export [--tabs 100000]

A database of its own is made, filled by bulk inserts that keep the ledger's rules, and taken away again.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bartender.models.menu import MenuItem
    from payments.models import Journal, LedgerEntry, Tab

BATCH = 2_000
PRICE, TAX, TIP = 12_00, 1_07, 2_00
TOTAL = PRICE + TAX + TIP
NIGHTS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=100_000)
    tabs = parser.parse_args().tabs
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", "ENV_FILE": os.devnull}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_menu", stdout=io.StringIO())
        began = time.perf_counter()
        fill(tabs)
        print(f"{tabs:,} tabs made in {time.perf_counter() - began:.0f} s", flush=True)
        measure(Path(folder), tabs)


def measure(folder: Path, tabs: int) -> None:
    from bartender.books.export import EXPORTS, Export

    now = datetime.now(UTC)
    first = (now - timedelta(days=NIGHTS + 2)).date()
    print(f"memory before: {peak_mb():.0f} MB")
    for what in EXPORTS[:-1]:
        began, size, first_byte = time.perf_counter(), 0, 0.0
        with (folder / what).open("wb") as file:
            for chunk in Export(what, first, now.date() + timedelta(days=1)).chunks(now):
                first_byte = first_byte or time.perf_counter() - began
                size += file.write(chunk)
        took = time.perf_counter() - began
        print(
            f"{what:15} {took:6.1f} s, first piece after {first_byte:.2f} s, {size / 1e6:7.1f} MB, "
            f"peak memory {peak_mb():.0f} MB"
        )
    lines = (folder / "sales").read_bytes().count(b"\n") - 1
    if lines != tabs:
        sys.exit(f"{lines} lines of sales, and {tabs} tabs with one each")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def fill(tabs: int) -> None:
    """A month of evenings: each tab has one drink with tax and a tip, paid in cash."""
    from bartender.models.menu import MenuItem

    item, now = MenuItem.objects.get(name="Negroni"), datetime.now(UTC)
    for start in range(0, tabs, BATCH):
        numbers = range(start, min(start + BATCH, tabs))
        at = [now - timedelta(days=NIGHTS * (tabs - number) / tabs) for number in numbers]
        book(make_tabs(at), at, item)


def make_tabs(at: list[datetime]) -> list[Tab]:
    from payments.models import Tab

    amounts = {"subtotal_cents": PRICE, "tax_cents": TAX, "tip_cents": TIP, "paid_cents": TOTAL}
    terms = {"tax_rate_milli": 8_875, "tax_rate_bp": 888, "units": 1, "version": 2}
    return Tab.objects.bulk_create(
        Tab(visit_code=uuid.uuid4().hex, status="paid", closed_at=one, **amounts, **terms) for one in at
    )


def book(tabs: list[Tab], at: list[datetime], item: MenuItem) -> None:
    from bartender.models.visits import OrderLine, Visit
    from payments.models import Journal, LedgerEntry, Payment

    visits = Visit.objects.bulk_create(
        Visit(code=tab.visit_code, closed_at=one) for tab, one in zip(tabs, at, strict=True)
    )
    sold = {"number": 1, "item": item, "name": item.name, "quantity": 1, "unit_cents": PRICE, "key": "k"}
    lines = OrderLine.objects.bulk_create(
        OrderLine(visit=visit, tab=tab, **sold) for visit, tab in zip(visits, tabs, strict=True)
    )
    paid = {"provider": "bar_cash", "status": "succeeded", "amount_cents": TOTAL, "currency": "USD"}
    paid |= {"nonce": "-", "url": "-", "expires_at": at[0], "finished_at": at[0]}
    payments = Payment.objects.bulk_create(
        Payment(tab=tab, key=f"pay:{tab.code}", reference=f"bar:{tab.code}", **paid) for tab in tabs
    )
    said = {"fingerprint": "-", "actor": "guest", "source": "tool"}
    journals = Journal.objects.bulk_create(
        Journal(tab=tab, version=version, kind=kind, key=kind, **said)
        for tab in tabs
        for version, kind in ((1, "charge"), (2, "payment"))
    )
    LedgerEntry.objects.bulk_create(
        entry
        for n, tab in enumerate(tabs)
        for entry in entries_of(tab, journals[2 * n : 2 * n + 2], lines[n].code, payments[n].code)
    )


def entries_of(tab: Tab, journals: list[Journal], line: str, payment: str) -> Iterator[LedgerEntry]:
    from payments.models import LedgerEntry

    sold, paid = journals
    for journal, account, cents, reference, quantity in (
        (sold, "sales", -PRICE, line, 1),
        (sold, "tax", -TAX, "", 0),
        (sold, "tips", -TIP, "", 0),
        (sold, "receivable", TOTAL, "", 0),
        (paid, "receivable", -TOTAL, "", 0),
        (paid, "drawer", TOTAL, payment, 0),
    ):
        yield LedgerEntry(
            tab=tab,
            journal=journal,
            account=account,
            cents=cents,
            reference=reference,
            quantity=quantity,
            unit_cents=PRICE if quantity else 0,
        )


if __name__ == "__main__":
    main()
