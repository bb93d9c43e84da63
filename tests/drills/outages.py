"""What guests see while something breaks around a running bar, and whether the book is right afterwards.

    python -m tests.drills.outages [--only F03]
    DATABASE_URL=postgres://postgres@127.0.0.1/drill python -m tests.drills.outages    (each row beside it)

Each row has its own server and database; after each the ledger is computed anew, and a traceback in the log
is a failure. Money's own faults: tests.drills.fault_table. Celery's worker: tests.drills.lost_workers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.drills.evening import NotSupported, OutageRow
from tests.drills.outage_rows import ROWS


def run_row(row: OutageRow) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory(prefix="outages_") as folder:
        try:
            return row.action(Path(folder)), True
        except NotSupported as missing:
            return f"not played: {missing}", True
        except (AssertionError, TimeoutError) as trouble:
            return f"WRONG: {str(trouble) or 'it was not as it must be'}".splitlines()[0][:200], False


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="the rows whose id or fault has this in it")
    only = parser.parse_args().only
    rows = [row for row in ROWS if only in row.id or only in row.fault]
    wrong = 0
    print(f"{'':4} {'fault':40} {'must be':34} what the guest saw")
    for row in rows:
        saw, right = run_row(row)
        wrong += not right
        print(f"{row.id:4} {row.fault:40} {row.expected:34} {saw}", flush=True)
    print(f"{len(rows)} rows; wrong: {wrong}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
