"""Guests come and go, ten thousand times over real sockets: what does the server keep of them?

    python -m tests.drills.connections --cycles 10000

Some say goodbye, some hang up, some tear the line. After the first third the server is as warm as it gets:
from there on memory may grow by a twentieth at most, and in the end no descriptor and no thread is left.
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
from tests.drills.bar import Bar
from tests.live import Guest, cookies
from tests.waiting import until

TOGETHER = 20
MB = 1024 * 1024
# Memory comes in pieces: on a short run a single one of them would be a twentieth.
PIECES = 6 * MB
SETTLED_WITHIN = 60.0


@dataclass
class Held:
    """What the server holds at one moment."""

    memory: int
    descriptors: int
    threads: int
    sessions: float

    @classmethod
    def by(cls, bar: Bar) -> Held:
        process = Path(f"/proc/{bar.server.pid if bar.server else 0}")
        page = urllib.request.urlopen(f"{bar.address}/metrics", timeout=30).read().decode()
        (sessions,) = re.findall(r"^maya_voice_sessions (\S+)", page, re.M)
        counted = len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))
        return cls(bar.memory(), *counted, float(sessions))

    def __str__(self) -> str:
        return (
            f"{self.memory / MB:6.1f} MB, {self.descriptors} descriptors, {self.threads} threads, "
            f"{self.sessions:.0f} open streams"
        )


async def come_and_go(bar: Bar, cookie: str, chance: random.Random, local: str) -> None:
    guest = Guest(bar.address, cookie, local=local)
    async with guest:
        await guest.ready()
        how = chance.random()
        if how < 0.3:
            guest.socket.transport.abort()
        elif how < 0.6:
            await guest.send("disconnect-bot")


async def cycles(bar: Bar, number: int, seed: int) -> None:
    """From several addresses: the bar lets only so many in from one."""
    left = iter(range(number))

    async def guest(seat: int) -> None:
        chance, (cookie,) = random.Random(seed + seat), cookies(1)
        for _ in left:
            await come_and_go(bar, cookie, chance, f"127.0.0.{10 + seat // 4}")

    await asyncio.gather(*(guest(seat) for seat in range(TOGETHER)))


def at_rest(bar: Bar) -> Held:
    """Once nobody is inside: what was torn is noticed a moment later."""
    until(lambda: Held.by(bar).sessions == 0, SETTLED_WITHIN)
    return Held.by(bar)


def wrong(warm: Held, after: Held) -> list[str]:
    found = []
    if after.memory > max(warm.memory * 1.05, warm.memory + PIECES):
        found.append(f"memory grew from {warm.memory / MB:.1f} to {after.memory / MB:.1f} MB")
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
        bar = Bar(Path(name), asked.database)
        with bar:
            print(f"{'before':8}{Held.by(bar)}", flush=True)
            began = time.monotonic()
            asyncio.run(cycles(bar, asked.cycles // 3, asked.seed))
            warm = at_rest(bar)
            print(f"{'a third':8}{warm}", flush=True)
            asyncio.run(cycles(bar, asked.cycles - asked.cycles // 3, asked.seed + 100))
            after = at_rest(bar)
            took = time.monotonic() - began
            print(f"{'after':8}{after}")
        tracebacks = bar.log.read_text().count("Traceback")
    found = [*wrong(warm, after), *([f"{tracebacks} tracebacks in the log"] if tracebacks else [])]
    print(
        f"{asked.cycles} connections in {took:.0f} s, {asked.cycles / took:.0f} a second; wrong: {len(found)}"
    )
    print(*found, sep="\n", end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
