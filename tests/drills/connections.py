"""Guests come and go, ten thousand times over real sockets: what does the server keep of them?

    python -m tests.drills.connections --cycles 10000

Some say goodbye, some hang up, some tear the line. First some come only to warm the server up, until it has
started every thread and filled every cache. From there on memory may grow by a twentieth at most, and in the
end no descriptor and no thread is left.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.drills.bar import BarProcess
from tests.waiting import wait_until
from tests.websocket_client import GuestConnection, make_visit_cookies

MAX_CONCURRENT = 20
WARM_UP_CYCLES = 500
MB = 1024 * 1024
# Memory comes in pieces: on a short run a single one of them would be a twentieth.
PIECES = 6 * MB
SETTLE_TIMEOUT_SECONDS = 60.0


@dataclass
class ServerResources:
    """What the server holds at one moment."""

    memory_bytes: int
    descriptors: int
    threads: int
    sessions: float

    @classmethod
    def measure(cls, bar: BarProcess) -> ServerResources:
        process = Path(f"/proc/{bar.server.pid if bar.server else 0}")
        page = urllib.request.urlopen(f"{bar.address}/metrics", timeout=30).read().decode()
        (sessions,) = re.findall(r"^maya_voice_sessions (\S+)", page, re.M)
        counted = len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))
        return cls(bar.memory_bytes(), *counted, float(sessions))

    def __str__(self) -> str:
        return (
            f"{self.memory_bytes / MB:6.1f} MB, {self.descriptors} descriptors, {self.threads} threads, "
            f"{self.sessions:.0f} open streams"
        )


async def connect_and_leave(bar: BarProcess, cookie: str, chance: random.Random, local: str) -> None:
    guest = GuestConnection(bar.address, cookie, local=local)
    async with guest:
        await guest.send_client_ready()
        how = chance.random()
        if how < 0.3:
            guest.socket.transport.abort()
        elif how < 0.6:
            await guest.send("disconnect-bot")


async def run_cycles(bar: BarProcess, number: int, seed: int) -> None:
    """From several addresses: the bar lets only so many in from one."""
    left = iter(range(number))

    async def guest(seat: int) -> None:
        chance, (cookie,) = random.Random(seed + seat), make_visit_cookies(1)
        for _ in left:
            await connect_and_leave(bar, cookie, chance, f"127.0.0.{10 + seat // 4}")

    await asyncio.gather(*(guest(seat) for seat in range(MAX_CONCURRENT)))


def measure_at_rest(bar: BarProcess) -> ServerResources:
    """Once nobody is inside: what was torn is noticed a moment later."""
    wait_until(lambda: ServerResources.measure(bar).sessions == 0, SETTLE_TIMEOUT_SECONDS)
    return ServerResources.measure(bar)


def find_leaks(warm: ServerResources, after: ServerResources) -> list[str]:
    found = []
    if after.memory_bytes > max(warm.memory_bytes * 1.05, warm.memory_bytes + PIECES):
        found.append(f"memory grew from {warm.memory_bytes / MB:.1f} to {after.memory_bytes / MB:.1f} MB")
    if after.descriptors > warm.descriptors + 2:
        found.append(f"{after.descriptors - warm.descriptors} descriptors were left open")
    if after.threads > warm.threads + 2:
        found.append(f"{after.threads - warm.threads} threads were left")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cycles", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", default="", help="one of its own; SQLite in a folder without it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="connections_") as name:
        bar = BarProcess(Path(name), asked.database)
        with bar:
            print(f"{'before':8}{ServerResources.measure(bar)}", flush=True)
            asyncio.run(run_cycles(bar, WARM_UP_CYCLES, asked.seed))
            warm = measure_at_rest(bar)
            print(f"{'warm':8}{warm}", flush=True)
            began = time.monotonic()
            asyncio.run(run_cycles(bar, asked.cycles, asked.seed + 100))
            after = measure_at_rest(bar)
            took = time.monotonic() - began
            print(f"{'after':8}{after}")
        tracebacks = bar.log.read_text().count("Traceback")
    found = [*find_leaks(warm, after), *([f"{tracebacks} tracebacks in the log"] if tracebacks else [])]
    print(
        f"{asked.cycles} connections in {took:.0f} s, {asked.cycles / took:.0f} a second; wrong: {len(found)}"
    )
    print(*found, sep="\n", end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
