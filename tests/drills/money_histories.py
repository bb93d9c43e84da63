"""Evenings with faults: is anybody charged twice, a payment lost, a tab paid without Stripe's word?

    python -m tests.drills.money_histories --count 1000 --seed 7

Each history is two guests, staff, a scripted Stripe that fails as it likes, and its events duplicated,
shuffled, delayed and forged. At rest the ledger must equal Stripe's balance. One in ten goes through Stripe's
MCP server. A seed that went wrong is printed, and played again alone by --only.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--count", type=int, default=100)
    read.add_argument("--seed", default="7")
    read.add_argument("--steps", type=int, default=30)
    read.add_argument("--only", default="", help="one history by its seed, as 7:41")
    asked = read.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'histories.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
        seeds = [f"{asked.seed}:{number}" for number in range(asked.count)]
        return drill([asked.only] if asked.only else seeds, asked.steps)


def drill(seeds: list[str], steps: int) -> int:
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.conf import settings
    from django.core.management import call_command

    from payments import audit
    from tests.payments.conftest import SECRET, scripted
    from tests.payments.histories import Story, cleared, wrongs
    from tests.vendors.stripe.books import Books

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PRODUCTION = True  # no simulated till to fall back on
    call_command("migrate", verbosity=0)
    call_command("load_menu", stdout=io.StringIO())
    wrong = balance = paid = 0
    deeds, began = Counter[str](), time.monotonic()
    with scripted(settings) as stripe:
        for number, seed in enumerate(seeds):
            by_mcp = number % 10 == 9
            settings.PAYMENT_PROVIDER = "stripe_mcp" if by_mcp else "stripe"
            settings.STRIPE_MCP_URL = stripe.mcp_address if by_mcp else ""
            stripe.books = Books()  # an account of its own, so that none has to leaf through the others'
            before = cleared()
            story = Story(seed, stripe, SECRET)
            story.play(steps)
            story.calms_down()
            found = wrongs(story)
            if cleared() - before != stripe.books.balance:
                found.append(f"the ledger has {cleared() - before}, Stripe {stripe.books.balance}")
            balance += stripe.books.balance
            paid += len(stripe.books.of("payment_intent"))
            deeds.update(story.done)
            for one in found:
                wrong += 1
                print(f"history {seed}: {one}")
        found = [str(one) for one in audit.check_book()]
        print(*found, sep="\n", end="\n" if found else "")
    spent = time.monotonic() - began
    print(f"{len(seeds)} histories, {sum(deeds.values())} deeds in {spent:.0f} s; {paid} payments at Stripe;")
    print(f"Stripe holds {balance}, the ledger {cleared()}; wrong: {wrong + len(found)}")
    return bool(wrong or found)


if __name__ == "__main__":
    sys.exit(main())
