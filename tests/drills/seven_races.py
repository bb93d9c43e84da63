"""Two processes on one tab of a PostgreSQL, pairs of deeds: nothing is lost and nobody pays twice.

    DATABASE_URL=postgres://postgres@127.0.0.1/drill python -m tests.drills.seven_races --rounds 200

The database should be empty and the drill's own. After the rounds each of the seven has its positive control:
the same pair with what holds the two apart taken away (row locks, the numbering of versions and lines, one
key for one attempt), and a moment between reading and writing. Then the book must be found in disorder.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings

ROOT = Path(__file__).resolve().parents[2]
RACE_DELAY_SECONDS = 0.02
CONTROL_ROUNDS = 200  # each ends with the first disorder it finds
PAIRS = {
    "order and order": ("drinking", "order", "order"),
    "order and pay": ("drinking", "order", "pay"),
    "tip and pay": ("drinking", "tip", "pay"),
    "pay and pay": ("asked", "confirm", "confirm"),
    "void and pay": ("drinking", "void", "pay"),
    "refund and refund": ("paid", "refund", "refund"),
    "close and order": ("empty", "close", "order"),
}


# --- what the two processes do -----------------------------------------------------------------------


def race_actions() -> dict[str, Callable[[Any, Any], Any]]:
    from bartender.services import bills, orders
    from bartender.services.orders import current_tab
    from payments import ledger, refunds
    from payments.ledger import TipRule
    from payments.models import Payment

    def pay(visit: Any, why: Any) -> Any:
        card = bills.request_bill(visit, why).payment
        return card and bills.confirm_payment(visit, card.nonce)

    def confirm(visit: Any, why: Any) -> Any:
        card = bills.bill_of(visit).payment
        return card and bills.confirm_payment(visit, card.nonce)

    def close(visit: Any, why: Any) -> Any:
        tab = current_tab(visit)
        return tab and ledger.close_empty_tab(tab, why)

    def refund(visit: Any, why: Any) -> Any:
        """Three fifths of it: once it can go back, twice it cannot."""
        payment = Payment.objects.get(tab__visit_code=visit.code, status="succeeded")
        cause = replace(why, actor="staff:Dee", source="admin", reason="It came warm")
        return refunds.process_refund(refunds.request_refund(payment, payment.amount_cents * 3 // 5, cause))

    return {
        "order": lambda visit, why: orders.add_line(visit, "IPA", 1, [], why),
        "pay": pay,
        "confirm": confirm,
        "tip": lambda visit, why: bills.set_tip(visit, TipRule(basis_points=2_000), why),
        "void": lambda visit, why: orders.remove_line(visit, visit.lines.get(), 1, why),
        "close": close,
        "refund": refund,
    }


def child(side: str, stripe: str, locked: bool) -> None:
    """Reads "deed visit" lines, does each at once, and says what came of it."""
    import django

    django.setup()
    from django.conf import settings

    from tests.vendors.stripe.api import KEY

    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.PRODUCTION = KEY, stripe, True
    from bartender.models.visits import Visit
    from maya_site.core.errors import Refusal
    from payments.ledger import OperationContext

    known = race_actions()
    if not locked:
        remove_locks()
    print("ready", flush=True)
    for number, line in enumerate(sys.stdin):
        name, code = line.split()
        try:
            known[name](Visit.objects.get(code=code), OperationContext(f"{side}:{number}"))
            said = "done"
        except Refusal as refusal:
            said = type(refusal).__name__
        except Exception as error:  # noqa: BLE001 - the control breaks things on purpose; they are counted
            said = f"broken:{type(error).__name__}"
        print(said, flush=True)


def remove_locks() -> None:
    """Every row is read as it is and held by nobody, and Stripe is asked under another key each time."""
    import secrets

    from django.db.models import QuerySet

    from payments import attempts, checkout, refunds

    fetch, left_of = QuerySet._fetch_all, refunds.refundable_cents

    def unheld(rows: Any, **_: Any) -> Any:
        found = rows.all()
        found._hints = {**found._hints, "unheld": True}
        return found

    def slowly(rows: Any) -> None:
        fetch(rows)
        if rows._hints.get("unheld"):
            time.sleep(RACE_DELAY_SECONDS * random.randrange(4))

    def looked_up(payment: Any) -> int:
        found = left_of(payment)
        time.sleep(RACE_DELAY_SECONDS)
        return found

    refunds.refundable_cents = looked_up
    QuerySet.select_for_update = unheld  # type: ignore[assignment,method-assign]
    QuerySet._fetch_all = slowly  # type: ignore[assignment,method-assign]
    checkout.build_link_request = lambda payment: replace(  # type: ignore[attr-defined]
        attempts.build_link_request(payment), idempotency_key=secrets.token_hex(8)
    )


# --- the one that sets them off ----------------------------------------------------------------------


def prepare_visit(name: str) -> Any:
    from bartender.services import bills, orders
    from bartender.services.visits import open_visit
    from payments.bar_payments import record_bar_payment
    from tests.guest_fixtures import make_context
    from tests.payments.ledger_helpers import latest_tab

    visit = open_visit()
    line = orders.add_line(visit, "Negroni", 3, [], make_context())
    if name == "empty":
        orders.remove_line(visit, line, None, make_context())
    if name == "asked":
        bills.request_bill(visit, make_context())
    if name == "paid":
        record_bar_payment(latest_tab(visit), "cash", "staff:Dee")
    return visit


def drill(rounds: int) -> bool:
    """Whether it went as it must: nothing wrong anywhere, and without the locks something in each pair."""
    import django

    django.setup()
    import logging

    from django.conf import settings

    from tests.payments.conftest import run_scripted_stripe

    logging.disable(logging.CRITICAL)
    prepare()
    with run_scripted_stripe(settings) as stripe:
        wrong = _all_seven(rounds, stripe, locked=True)
        print(f"wrong: {sum(wrong)} in {rounds} rounds of each race", flush=True)
        drop_unique_numbers()
        seen = sum(map(bool, _all_seven(CONTROL_ROUNDS, stripe, locked=False)))
        print(f"without the locks: seen in {seen} of {len(PAIRS)}")
    return not any(wrong) and seen == len(PAIRS)


def _all_seven(rounds: int, stripe: Any, *, locked: bool) -> list[int]:
    children = [_start_child(side, stripe.address, locked) for side in ("left", "right")]
    try:
        return [_run_race(name, rounds, stripe, children, locked) for name in PAIRS]
    finally:
        for one in children:
            one.kill()
            one.communicate()


def _start_child(side: str, stripe: str, locked: bool) -> subprocess.Popen[str]:
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


def _run_race(
    name: str, rounds: int, stripe: Any, children: list[subprocess.Popen[str]], locked: bool
) -> int:
    from collections import Counter

    opened, *sides = PAIRS[name]
    said, began = Counter[str](), time.monotonic()
    codes: list[str] = []
    while len(codes) < rounds:
        codes.append(prepare_visit(opened).code)
        for one, deed in zip(children, sides, strict=True):
            assert one.stdin
            one.stdin.write(f"{deed} {codes[-1]}\n")
            one.stdin.flush()
        said.update(one.stdout.readline().strip() for one in children if one.stdout)
        if not locked and find_disorder(codes[-1:], stripe):
            break  # the control has seen it
    found = find_disorder(codes, stripe)
    spent = time.monotonic() - began
    as_it_is = "" if locked else "unlocked "
    print(
        f"{as_it_is}{name:18} {len(codes)} rounds, {spent:5.1f} s, wrong {len(found):3}  {dict(said)}",
        flush=True,
    )
    print(*(f"    {what}" for what in found[:2]), sep="\n", end="\n" if found else "")
    return len(found)


def find_disorder(codes: list[str], stripe: Any) -> list[str]:
    from payments import invariants
    from payments.models import Tab

    found = [str(one) for one in invariants.check_tabs(Tab.objects.filter(visit_code__in=codes))]
    return found + tabs_with_several_links(codes, stripe)


def tabs_with_several_links(codes: list[str], stripe: Any) -> list[str]:
    """What a guest could pay just now, by tab."""
    from collections import Counter

    from payments.models import Tab

    tabs = set(Tab.objects.filter(visit_code__in=codes).values_list("code", flat=True))
    sessions = (one for one in stripe.books.of("checkout.session") if one["status"] == "open")
    payable = Counter(one["metadata"]["maya_tab"] for one in sessions)
    twice = [tab for tab, times in payable.items() if times > 1 and tab in tabs]
    return [f"tab {tab[:8]} can be paid more than once" for tab in twice]


def prepare() -> None:
    import io

    from django.core.management import call_command
    from django.db import connection

    assert connection.vendor == "postgresql", "DATABASE_URL must name a PostgreSQL"
    call_command("migrate", verbosity=0)
    call_command("load_menu", stdout=io.StringIO())


def drop_unique_numbers() -> None:
    """Two rows may have one number from here on."""
    from django.db import connection

    from bartender.models.visits import OrderLine
    from payments.models import Journal

    numbered = {Journal: "journal_version_once", OrderLine: "line_number_once_per_tab"}
    with connection.schema_editor() as schema_editor:
        for model, name in numbered.items():
            numbering = next(one for one in model._meta.constraints if one.name == name)
            schema_editor.remove_constraint(model, numbering)


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--rounds", type=int, default=20)
    read.add_argument("--without-locks", action="store_true", help=argparse.SUPPRESS)
    read.add_argument("--child", default="", help=argparse.SUPPRESS)
    read.add_argument("--stripe", default="", help=argparse.SUPPRESS)
    asked = read.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
    if asked.child:
        child(asked.child, asked.stripe, not asked.without_locks)
        return 0
    return int(not drill(asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
