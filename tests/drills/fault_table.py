"""Every fault of money's table (F16 to F18), what must come of it, and what did.

    python -m tests.drills.fault_table

On a PostgreSQL (DATABASE_URL, empty and the drill's own) what comes at once comes at once.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'faults.sqlite3'}")
        os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
        return run_rows()


def run_rows() -> int:
    from tests.drills.money_histories import prepare

    prepare()
    from django.conf import settings
    from django.test import Client

    from tests.payments.conftest import run_scripted_stripe
    from tests.payments.fault_rows import ROWS
    from tests.vendors.stripe.webhook_sender import WEBHOOK_PATH

    Client().get(WEBHOOK_PATH)  # what is made with the first request is made before twenty come at once
    wrong = 0
    print(f"{'':4} {'fault':32} {'must be':20} what happened")
    with run_scripted_stripe(settings) as stripe:
        for row in ROWS:
            stripe.heal()
            try:
                said = row.action(stripe)
            except AssertionError as trouble:
                said, wrong = f"WRONG: {trouble}".splitlines()[0], wrong + 1
            print(f"{row.id:4} {row.fault:32} {row.expected:20} {said}", flush=True)
    print(f"{len(ROWS)} rows; wrong: {wrong}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
