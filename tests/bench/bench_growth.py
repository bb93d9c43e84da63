"""What each act of guests and staff costs after 100, 10,000 and 100,000 past tabs.

    python -m tests.bench.bench_growth [--sizes 100,10000,100000] [--explain] [--only NAME]
    python -m tests.bench.bench_growth --database postgres://postgres@127.0.0.1:5432

Each size has a database of its own with the same evening going on in it; `--keep FOLDER` keeps SQLite's for
another run. The figure of an act is the best of some rounds, in ms (of processor on SQLite, by the clock on
PostgreSQL); whatever it writes is rolled back. `!` marks what costs over 1.3 times its figure at the smallest
size, and what takes over 300 ms at the largest. `--explain` shows their slowest queries with the plan.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MOST_RATIO, MOST_MS = 1.3, 300.0
TOO_FAST_TO_TELL_MS = 1.0  # a difference of less is the clock's
ROUNDS, SECONDS_EACH = 9, 2.0
ROW = "{:<44}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", default="100,10000,100000")
    parser.add_argument("--database", default="", help="a PostgreSQL server; without it SQLite")
    parser.add_argument("--keep", default="", help="a folder for SQLite's databases")
    parser.add_argument("--only", default="", help="acts whose name has this in it")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--json", default="", help="a file for the figures")
    parser.add_argument("--measure", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(int(asked.measure), asked)
        return
    found: dict[str, dict[str, Any]] = {}
    sizes = [int(size) for size in asked.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="growth_bench_") as folder:
        for size in sizes:
            for name, figures in run(size, asked, Path(asked.keep or folder)).items():
                found.setdefault(name, {})[str(size)] = figures
    show(found, sizes, explain=asked.explain)
    if asked.json:
        Path(asked.json).write_text(json.dumps(found, indent=1), encoding="utf-8")


def run(size: int, asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    if not asked.database:
        return run_on(f"sqlite:///{folder / f'growth_{size}.sqlite3'}", size, asked)
    import psycopg

    name = f"growth_bench_{os.getpid()}_{size}"
    with psycopg.connect(f"{asked.database}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            return run_on(f"{asked.database}/{name}", size, asked)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run_on(url: str, size: int, asked: argparse.Namespace) -> dict[str, Any]:
    own = {
        "DATABASE_URL": url,
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "maya_site.settings",
        "EVENTS_TOKEN": "growth",
        "CARTESIA_API_KEY": "growth",  # so that a turn costs money and its budget is looked at
        "MEMORY_STORE": "none",
        "ALLOWED_HOSTS": "testserver",
        "LOG_LEVEL": "error",
    }
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [
            sys.executable,
            "-m",
            "tests.bench.bench_growth",
            "--measure",
            str(size),
            "--json",
            file.name,
        ]
        command += ["--only", asked.only] + (["--explain"] if asked.explain else [])
        subprocess.run(command, check=True, env=os.environ | own)
        found: dict[str, Any] = json.loads(Path(file.name).read_text(encoding="utf-8"))
    return found


def measure(size: int, asked: argparse.Namespace) -> None:
    import django

    django.setup()
    from tests.bench import growth_acts

    began = time.perf_counter()
    scene = growth_acts.prepare(size)
    print(f"{size:,} past tabs: ready in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    found = {}
    for name, act in growth_acts.acts(scene).items():
        if asked.only in name:
            found[name] = growth_acts.time_act(act, ROUNDS, SECONDS_EACH, explain=asked.explain)
    Path(asked.json).write_text(json.dumps(found), encoding="utf-8")


def show(found: dict[str, dict[str, Any]], sizes: list[int], *, explain: bool) -> None:
    print(ROW.format("ms, best of some rounds") + "".join(f"{size:>12,}" for size in sizes) + "   ratio")
    for name, by_size in found.items():
        figures = [by_size[str(size)]["ms"] for size in sizes if str(size) in by_size]
        least, most = figures[0], figures[-1]
        grows = most > MOST_RATIO * least and most - least > TOO_FAST_TO_TELL_MS
        mark = "!" if grows or most > MOST_MS else ""
        print(ROW.format(name) + "".join(f"{ms:12.1f}" for ms in figures) + f"{most / least:8.2f} {mark}")
        if mark and explain:
            for query in by_size[str(sizes[-1])]["slowest"]:
                print(f"      {query['ms']:.1f} ms  {query['sql'][:1500]}")
                print("".join(f"          {line}\n" for line in query["plan"]), end="")


if __name__ == "__main__":
    main()
