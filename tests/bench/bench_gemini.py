"""What Maya adds to a language model's own delay: turns through take_turn, the SDK and the database.

    python -m tests.bench.bench_gemini --together 1 20 100
    python -m tests.bench.bench_gemini --database postgres://postgres@127.0.0.1/bench   (an empty one)
    python -m tests.bench.bench_gemini --profile

The model is scripted, in a process of its own, and waits before its first word. `bare` is the same answer
read by a plain HTTP client: what the wire, the scripted server and this machine take by themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.live_server import free_port

DELAY = 0.3
KEY = "scripted-key"
MODEL = "gemini-3.8-flash"
SAYINGS = {"talk": "how are you tonight?", "order": "two IPAs and a martini, please"}


@contextmanager
def scripted() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "tests.vendors.gemini", "--port", str(port), "--delay", str(DELAY)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        for line in server.stdout or ():
            if b"GEMINI_BASE_URL" in line:
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
        if server.stdout:
            server.stdout.close()


@contextmanager
def prepared(database: str, address: str) -> Iterator[None]:
    """Maya in this process, over a database of its own."""
    with tempfile.TemporaryDirectory(prefix="gemini_bench_") as folder:
        os.environ["DATABASE_URL"] = database or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ |= {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": address, "LOG_LEVEL": "warning"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
        import django

        django.setup()
        from django.core.management import call_command

        from bartender.brains.gemini.registration import gemini

        call_command("prepare", verbosity=0)
        gemini().client_pool.get_or_create(gemini().credentials)
        yield


async def turn(visit: object, said: str, id: str) -> float:
    """Seconds to the first text."""
    from bartender.brains import get_brain
    from bartender.conversation.events import TextDelta
    from bartender.conversation.turn import take_turn
    from maya_site.core.db import run_in_db_thread

    began, first = time.perf_counter(), 0.0
    async for event in take_turn(visit, said, id, get_brain(visit), run_in_db_thread):  # type: ignore[arg-type]
        if isinstance(event, TextDelta) and not first:
            first = time.perf_counter() - began
    return first


async def together(count: int, said: str, rounds: int) -> list[float]:
    from bartender.services.visits import open_visit
    from maya_site.core.db import run_in_db_thread

    visits = [await run_in_db_thread(open_visit) for _ in range(count)]
    found: list[float] = []
    for number in range(rounds):
        found += await asyncio.gather(*(turn(visit, said, f"turn {number}") for visit in visits))
    return found


async def bare(address: str, count: int, rounds: int) -> list[float]:
    body = {"contents": [{"role": "user", "parts": [{"text": SAYINGS["talk"]}]}]}
    url = f"{address}/v1/models/{MODEL}:streamGenerateContent?alt=sse"

    async def one(client: httpx2.AsyncClient) -> float:
        began = time.perf_counter()
        async with client.stream("POST", url, json=body, headers={"x-goog-api-key": KEY}) as answer:
            async for _bytes in answer.aiter_bytes():
                break
        return time.perf_counter() - began

    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None), timeout=60) as client:
        return [
            first
            for _ in range(rounds)
            for first in await asyncio.gather(*(one(client) for _ in range(count)))
        ]


def row(name: str, firsts: list[float], waits: int = 1) -> str:
    added = sorted((first - DELAY * waits) * 1000 for first in firsts)
    p50, p95, p99 = (added[min(len(added) - 1, len(added) * at // 100)] for at in (50, 95, 99))
    return f"{name:<16} {len(added):>5} turns; first text + p50 {p50:6.1f} p95 {p95:6.1f} p99 {p99:6.1f} ms"


async def measure(address: str, counts: list[int]) -> None:
    await together(2, SAYINGS["talk"], 2)  # the first turns load the menu
    for count in counts:
        rounds = max(1, 20 // count)
        print(row(f"bare {count:>3}", await bare(address, count, rounds)), flush=True)
        for kind, waits in (("talk", 1), ("order", 2)):  # an order is two rounds: the tools, then the words
            began, worked = time.perf_counter(), time.process_time()
            firsts = await together(count, SAYINGS[kind], rounds)
            took, worked = time.perf_counter() - began, time.process_time() - worked
            each = f"{worked / len(firsts) * 1000:5.1f} ms of processor a turn, {len(firsts) / took:5.1f}/s"
            print(f"{row(f'{kind} {count:>3}', firsts, waits)}; {each}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--together", type=int, nargs="+", default=[1, 20, 100])
    parser.add_argument("--database", default="", help="an empty one; without it SQLite")
    parser.add_argument("--profile", action="store_true", help="where the time of a turn goes")
    asked = parser.parse_args()
    with scripted() as address, prepared(asked.database, address):
        kind = os.environ["DATABASE_URL"].partition("://")[0]
        print(f"{kind}, {os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}, delay {DELAY:.1f} s")
        if not asked.profile:
            return asyncio.run(measure(address, asked.together))
        asyncio.run(together(2, SAYINGS["talk"], 2))
        profile = cProfile.Profile(time.process_time)
        profile.runcall(asyncio.run, together(20, SAYINGS["talk"], 3))
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
