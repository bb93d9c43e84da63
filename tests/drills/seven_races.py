"""Two processes on one tab of a PostgreSQL, pairs of deeds: nothing is lost and nobody pays twice.

    DATABASE_URL=postgres://postgres@127.0.0.1/drill python -m tests.drills.seven_races --rounds 200

The database should be empty. Positive control: --without-locks does the same with all row locks and the
numbering of versions taken away, and must find the book in disorder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings

ROOT = Path(__file__).resolve().parents[2]
PAIRS = {
    "order and order": ("drinking", "order", "order"),
    "order and pay": ("drinking", "order", "pay"),
    "tip and pay": ("drinking", "tip", "pay"),
    "pay and pay": ("asked", "confirm", "confirm"),
    "void and pay": ("drinking", "void", "pay"),
    "close and order": ("empty", "close", "order"),
}


# --- what the two processes do -----------------------------------------------------------------------


def deeds() -> dict[str, Callable[[Any, Any], Any]]:
    from bartender.services import bills, orders
    from bartender.services.orders import current_tab
    from payments import ledger
    from payments.ledger import TipRule

    def pay(visit: Any, why: Any) -> Any:
        card = bills.ask_to_pay(visit, why).payment
        return card and bills.confirm_payment(visit, card.nonce)

    def confirm(visit: Any, why: Any) -> Any:
        card = bills.bill_of(visit).payment
        return card and bills.confirm_payment(visit, card.nonce)

    def close(visit: Any, why: Any) -> Any:
        tab = current_tab(visit)
        return tab and ledger.close_empty(tab, why)

    return {
        "order": lambda visit, why: orders.add(visit, "IPA", 1, [], why),
        "pay": pay,
        "confirm": confirm,
        "tip": lambda visit, why: bills.set_tip(visit, TipRule(bp=2_000), why),
        "void": lambda visit, why: orders.remove(visit, visit.lines.get(), 1, why),
        "close": close,
    }


def child(side: str, stripe: str, locked: bool) -> None:
    """Reads "deed visit" lines, does each at once, and says what came of it."""
    import django

    django.setup()
    from django.conf import settings

    from tests.vendors.stripe.api import KEY

    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.PRODUCTION = KEY, stripe, True
    from bartender.records.visits import Visit
    from maya_site.lib.errors import Refused
    from payments.ledger import Cause

    known = deeds()
    if not locked:
        unlock()
    print("ready", flush=True)
    for number, line in enumerate(sys.stdin):
        name, code = line.split()
        try:
            known[name](Visit.objects.get(code=code), Cause(f"{side}:{number}"))
            said = "done"
        except Refused as refusal:
            said = type(refusal).__name__
        except Exception as error:  # noqa: BLE001 - the control breaks things on purpose; they are counted
            said = f"broken:{type(error).__name__}"
        print(said, flush=True)


def unlock() -> None:
    """Every row is read as it is and held by nobody."""
    from django.db.models import QuerySet

    QuerySet.select_for_update = lambda rows, **_: rows  # type: ignore[method-assign]


# --- the one that sets them off ----------------------------------------------------------------------


def setting(name: str) -> Any:
    from bartender.services import bills, orders
    from bartender.services.visits import open_visit
    from tests.cast import cause

    visit = open_visit()
    line = orders.add(visit, "Negroni", 3, [], cause())
    if name == "empty":
        orders.remove(visit, line, None, cause())
    if name == "asked":
        bills.ask_to_pay(visit, cause())
    return visit


def race(rounds: int, locked: bool) -> int:
    import django

    django.setup()
    import logging

    from django.conf import settings

    from tests.payments.conftest import scripted

    logging.disable(logging.CRITICAL)
    prepare(locked)
    with scripted(settings) as stripe:
        children = [_begun(side, stripe.address, locked) for side in ("left", "right")]
        try:
            wrong = sum(_raced(name, rounds, stripe, children) for name in PAIRS)
        finally:
            for one in children:
                one.kill()
                one.communicate()
    print(f"wrong: {wrong}")
    return wrong


def _begun(side: str, stripe: str, locked: bool) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.drills.seven_races", "--child", side, "--stripe", stripe]
    words += [] if locked else ["--without-locks"]
    begun = subprocess.Popen(
        words,
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert begun.stdout
    assert begun.stdout.readline().strip() == "ready"
    return begun


def _raced(name: str, rounds: int, stripe: Any, children: list[subprocess.Popen[str]]) -> int:
    from collections import Counter

    from payments import audit
    from payments.models import Tab

    opened, *sides = PAIRS[name]
    said, codes, began = Counter[str](), [], time.monotonic()
    for _ in range(rounds):
        codes.append(setting(opened).code)
        for one, deed in zip(children, sides, strict=True):
            assert one.stdin
            one.stdin.write(f"{deed} {codes[-1]}\n")
            one.stdin.flush()
        said.update(one.stdout.readline().strip() for one in children if one.stdout)
    found = [str(one) for one in audit.check_tabs(Tab.objects.filter(visit_code__in=codes))]
    found += more_than_one_link(codes, stripe)
    print(f"{name:18} {rounds} rounds, {time.monotonic() - began:5.1f} s, wrong {len(found):3}  {dict(said)}")
    print(*(f"    {what}" for what in found[:2]), sep="\n", end="\n" if found else "")
    return len(found)


def more_than_one_link(codes: list[str], stripe: Any) -> list[str]:
    """What a guest could pay just now, by tab."""
    from collections import Counter

    from payments.models import Tab

    tabs = set(Tab.objects.filter(visit_code__in=codes).values_list("code", flat=True))
    sessions = (one for one in stripe.books.of("checkout.session") if one["status"] == "open")
    payable = Counter(one["metadata"]["maya_tab"] for one in sessions)
    twice = [tab for tab, times in payable.items() if times > 1 and tab in tabs]
    return [f"tab {tab[:8]} can be paid more than once" for tab in twice]


def prepare(locked: bool) -> None:
    import io

    from django.core.management import call_command
    from django.db import connection

    from payments.models import Journal

    assert connection.vendor == "postgresql", "DATABASE_URL must name a PostgreSQL"
    call_command("migrate", verbosity=0)
    call_command("load_menu", stdout=io.StringIO())
    if not locked:
        numbering = next(one for one in Journal._meta.constraints if one.name == "journal_version_once")
        with connection.schema_editor() as schema_editor:
            schema_editor.remove_constraint(Journal, numbering)


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--rounds", type=int, default=20)
    read.add_argument("--without-locks", action="store_true")
    read.add_argument("--child", default="", help=argparse.SUPPRESS)
    read.add_argument("--stripe", default="", help=argparse.SUPPRESS)
    asked = read.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
    if asked.child:
        child(asked.child, asked.stripe, not asked.without_locks)
        return 0
    wrong = race(asked.rounds, not asked.without_locks)
    return int(not wrong) if asked.without_locks else int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
