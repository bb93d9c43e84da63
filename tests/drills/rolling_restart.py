"""Workers are restarted one by one and one is killed while guests order: is a turn lost, or done twice?

    DATABASE_URL=postgres://postgres@127.0.0.1/drill REDIS_URL=redis://127.0.0.1:6379/4 \\
        python -m tests.drills.rolling_restart --guests 6 --turns 10

Each guest orders one beer a turn, and sends a turn without an answer again under its own number, as the page
does. A restart loses none. Of a killed worker a turn may be told as interrupted: then nothing was ordered,
and the guest knows it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.drills.bar import ROOT, BarProcess
from tests.live_server import temporary_database

if TYPE_CHECKING:
    from tests.websocket_client import GuestConnection

ANSWER_SECONDS = 20.0


@dataclass
class Told:
    """What the guests met."""

    turns: int = 0
    again: int = 0
    longest_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    before_the_kill: Counter[str] = field(default_factory=Counter)


class Workers:
    """The workers of a bar, as their operator handles them."""

    def __init__(self, bar: BarProcess) -> None:
        self.configuration = ROOT / "var" / "workers" / str(bar.port) / "supervisord.conf"

    def control(self, *words: str) -> str:
        run = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(self.configuration), *words]
        return subprocess.run(run, capture_output=True, text=True, check=False).stdout

    def numbers(self) -> dict[str, int]:
        lines = [line.split() for line in self.control("status").splitlines() if "RUNNING" in line]
        return {words[0]: int(words[3].rstrip(",")) for words in lines}

    def restart_one_after_the_other(self) -> list[str]:
        return [self.control("restart", name).splitlines()[-1] for name in sorted(self.numbers())]

    def kill_one(self) -> None:
        os.kill(self.numbers()["worker:1"], signal.SIGKILL)


class Thirsty:
    """A guest who orders one beer a turn, and comes back when the line is cut."""

    def __init__(self, bar: BarProcess, cookie: str, told: Told) -> None:
        self.bar, self.cookie, self.told = bar, cookie, told
        self.done, self.ordered = 0, 0

    async def spend_evening(self, turns: int, pause: float) -> None:
        from tests.websocket_client import GuestConnection

        while self.done < turns:
            with suppress(OSError, EOFError, TimeoutError, *_closed()):
                async with GuestConnection(self.bar.address, self.cookie) as guest:
                    await guest.send_client_ready()
                    while self.done < turns:
                        await self._order(guest)
                        await asyncio.sleep(pause)
            await asyncio.sleep(0.2)
        async with GuestConnection(self.bar.address, self.cookie) as guest:
            await guest.send_client_ready()
            beers = sum(line["quantity"] for line in guest.last_tab()["order"])
        if beers != self.ordered:
            self.told.wrong.append(f"{beers} beers on the tab of a guest who was told of {self.ordered}")

    async def _order(self, guest: GuestConnection) -> None:
        began = time.monotonic()
        self.told.again += 1  # until it is answered
        async with asyncio.timeout(ANSWER_SECONDS):
            await guest.send_text("an IPA please", f"{self.cookie[:8]}-{self.done}")
        ends = [frame for frame in guest.received if frame["type"] == "bot-llm-stopped"]
        outcome = ends[-1]["data"]["outcome"]
        self.told.outcomes[outcome] += 1
        self.ordered += outcome in ("done", "replayed")
        self.told.longest_seconds = max(self.told.longest_seconds, time.monotonic() - began)
        self.done, self.told.turns, self.told.again = self.done + 1, self.told.turns + 1, self.told.again - 1


def _closed() -> tuple[type[Exception], ...]:
    from websockets.exceptions import WebSocketException

    return (WebSocketException,)


async def evening(bar: BarProcess, guests: int, turns: int, pause: float) -> Told:
    from tests.websocket_client import make_visit_cookies

    told, workers = Told(), Workers(bar)

    async def operate() -> None:
        await asyncio.sleep(2)
        told.restarted = await asyncio.to_thread(workers.restart_one_after_the_other)
        told.before_the_kill = told.outcomes.copy()
        await asyncio.to_thread(workers.kill_one)

    async with asyncio.TaskGroup() as busy:
        busy.create_task(operate())
        for cookie in make_visit_cookies(guests):
            busy.create_task(Thirsty(bar, cookie, told).spend_evening(turns, pause))
    return told


def drill(folder: Path, guests: int, turns: int, pause: float = 1.5) -> Told:
    """Raises AssertionError if a turn was lost or done twice, or a worker is missing in the end."""
    with temporary_database(folder) as database:
        bar = BarProcess(folder, database, WORKERS="2", JOB_RUNNER="server")
        with bar:
            told = asyncio.run(evening(bar, guests, turns, pause))
            deadline = time.monotonic() + 30
            while len(left := Workers(bar).numbers()) < 2 and time.monotonic() < deadline:
                time.sleep(0.2)
    assert told.restarted == ["worker:1: started", "worker:2: started"], told
    assert not told.wrong, told
    assert set(told.before_the_kill) <= {"done", "replayed"}, told
    assert sum(told.before_the_kill.values()) < told.turns, (
        "the evening was over before the worker was killed"
    )
    assert len(left) == 2, "one was killed and not replaced"
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--guests", type=int, default=6)
    parser.add_argument("--turns", type=int, default=10)
    asked = parser.parse_args()
    if "postgres" not in os.environ.get("DATABASE_URL", "") or not os.environ.get("REDIS_URL"):
        sys.exit("Several workers share PostgreSQL and Redis: name them in DATABASE_URL and REDIS_URL.")
    with tempfile.TemporaryDirectory() as folder:
        told = drill(Path(folder), asked.guests, asked.turns)
    print(f"{told.turns} turns answered, {told.again} sent again, none lost, none done twice")
    print(f"until the restarts were over: {dict(told.before_the_kill)}; in the end: {dict(told.outcomes)}")
    print(f"the longest answer took {told.longest_seconds:.1f} s; one was killed and replaced")


if __name__ == "__main__":
    main()
