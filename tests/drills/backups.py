"""Back a full house up and restore it into an empty one; say how long it took, and compare every hash.

    python -m tests.drills.backups --tabs 10000
    python -m tests.drills.backups --tabs 10000 --database postgres://postgres@127.0.0.1/postgres

The bar is filled through the services: each guest orders, tips and, two times in three, pays.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.live_server import temporary_database

DRINKS = ("Martini", "Negroni", "IPA", "Old Fashioned", "Water")


def fill_database(tabs: int) -> None:
    """In this process, with the database of the environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    django.setup()
    from django.db import transaction

    from bartender.services import bills, orders
    from bartender.services.visits import open_visit
    from payments import checkout
    from payments.ledger import OperationContext, TipRule
    from payments.models import Payment

    for number in range(tabs):
        with transaction.atomic():
            guest = open_visit()
            for at in range(1 + number % 3):
                orders.add_line(
                    guest,
                    DRINKS[(number + at) % len(DRINKS)],
                    1 + at,
                    [],
                    OperationContext(f"drill:{number}:{at}"),
                )
            bills.set_tip(guest, TipRule(basis_points=1_500), OperationContext(f"drill:{number}:tip"))
            if number % 3:
                card = bills.request_bill(guest, OperationContext(f"drill:{number}:pay")).payment
                assert card is not None
                bills.confirm_payment(guest, card.nonce)
                checkout.mark_paid(Payment.objects.latest("id"), OperationContext(f"drill:{number}:settle"))
        if number % 1_000 == 999:
            print(f"{number + 1:,} tabs", flush=True)


def run(*command: str, **settings: str) -> tuple[float, str]:
    began = time.perf_counter()
    told = [sys.executable, *command]
    done = subprocess.run(told, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()[-400:]}")
    return time.perf_counter() - began, done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.backups", description=__doc__)
    parser.add_argument("--tabs", type=int, default=10_000)
    parser.add_argument("--database", default="", help="a PostgreSQL server; else SQLite files")
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fill:
        fill_database(asked.tabs)
        return
    os.environ["DATABASE_URL"] = asked.database
    with tempfile.TemporaryDirectory() as place, temporary_database(Path(place)) as full:
        new = Path(place) / "new"
        new.mkdir()
        with temporary_database(new) as empty:
            _drill(asked.tabs, full, empty, Path(place))


def _drill(tabs: int, full: str, empty: str, place: Path) -> None:
    old = {"DATABASE_URL": full, "BACKUP_STORE": str(place / "backups"), "MEMORY_DIR": str(place / "memory")}
    new = old | {"DATABASE_URL": empty, "MEMORY_DIR": str(place / "new" / "memory")}
    for settings in (old, new):
        run("manage.py", "migrate", "-v0", **settings)
    run("manage.py", "load_menu", **old)
    filling, _ = run("-m", "tests.drills.backups", "--fill", "--tabs", str(tabs), **old)
    print(f"filled {tabs:,} tabs in {filling:.0f} s, load {os.getloadavg()[0]:.1f}")
    there, said = run("manage.py", "backup", "-v0", **old)
    print(f"backup   {there:6.1f} s   {said}")
    back, said = run("manage.py", "restore", "latest", "-v0", **new)
    print(f"restore  {back:6.1f} s   {said}")
    _, said = run("manage.py", "ledger_check", **new)
    print(f"ledger_check: {said}")


if __name__ == "__main__":
    main()
