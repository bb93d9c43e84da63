"""Many guests listen at once, for minutes: what they hear of it, how late the event loop is, what it holds.

    python -m tests.bench.streaming --sessions 300 --minutes 5

Every session asks for another story as soon as one has ended. The loop's lateness is what a WebSocket ping
waits for its pong; a gap is a player that ran dry. Scripted Gemini and Cartesia, as in bench_voice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.bench.bench_voice import on_cores, shared_out, vendors
from tests.bench.listener import Heard, Listener
from tests.drills.bar import BarProcess
from tests.websocket_client import make_visit_cookies

SENTENCES = 45  # half a minute of sound
# Else the night's budget is used up after some 560 stories, and one espeak-ng speaks to everybody.
RICH = (
    "from bartender.models.menu import Venue;"
    "Venue.objects.update(day_budget_cents=10**6, visit_budget_cents=10**6)"
)
MIB = 1 << 20
GAP_MS = 40.0


@dataclass
class Evening:
    until: float
    heard: list[Heard] = field(default_factory=list)
    late: list[float] = field(default_factory=list)  # ms
    lost: int = 0


async def seat(bar: BarProcess, number: int, evening: Evening) -> None:
    local = f"127.0.{1 + number // 10}.{1 + number % 10}"
    await asyncio.sleep(random.uniform(0, 20))
    async with Listener(bar.address, make_visit_cookies(1)[0], local=local) as guest:
        await guest.send_client_ready()
        await guest.send_client_message("set-voice", on=True)
        story = 0
        while time.monotonic() < evening.until:
            story += 1
            heard, _stopped = await guest.listen("tell me a story", f"story-{story}")
            evening.heard.append(heard)
            guest.received.clear()


async def pings(bar: BarProcess, evening: Evening) -> None:
    async with Listener(bar.address, make_visit_cookies(1)[0], local="127.0.99.1") as guest:
        await guest.send_client_ready()
        while time.monotonic() < evening.until:
            began = time.perf_counter()
            await (await guest.socket.ping())
            evening.late.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.05)


async def watch(bar: BarProcess, evening: Evening) -> None:
    minute, worked = 0, bar.cpu_seconds()
    print(f"opened: {bar.memory_bytes() / MIB:.0f} MiB", flush=True)
    while time.monotonic() < evening.until:
        await asyncio.sleep(60)
        minute, before, worked = minute + 1, worked, bar.cpu_seconds()
        held, busy = bar.memory_bytes() / MIB, (worked - before) / 60 * 100
        print(
            f"minute {minute}: {held:.0f} MiB, {busy:.0f} % of a core, {lateness(evening.late[-1000:])}, "
            f"load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def lateness(late: list[float]) -> str:
    worst = max(late, default=0.0)
    return f"loop late p50 {_p(late, 50):.1f}, p99 {_p(late, 99):.1f}, worst {worst:.0f} ms"


def _p(values: list[float], percentile: int) -> float:
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, len(ordered) * percentile // 100)]


async def listen(bar: BarProcess, sessions: int, minutes: float) -> None:
    evening = Evening(time.monotonic() + minutes * 60)
    watching = [asyncio.create_task(work(bar, evening)) for work in (watch, pings)]
    sitting = [asyncio.create_task(seat(bar, number, evening)) for number in range(sessions)]
    ends = await asyncio.gather(*sitting, return_exceptions=True)
    for task in watching:
        task.cancel()
    evening.lost = sum(isinstance(end, BaseException) for end in ends)
    for end in {repr(end) for end in ends if isinstance(end, BaseException)}:
        print(f"a session ended by {end}")
    print_summary(evening, sessions)


def print_summary(evening: Evening, sessions: int) -> None:
    gaps = [gap for one in evening.heard for gap in one.gaps if gap > GAP_MS]
    sound = sum(one.ms for one in evening.heard) / 1000
    print(f"{sessions} sessions, {evening.lost} lost; {len(evening.heard)} stories, {sound:.0f} s of sound")
    share, longest = sum(gaps) / 10 / sound, max(gaps, default=0.0)
    print(f"{len(gaps)} gaps over {GAP_MS:.0f} ms, {share:.3f} % of the sound, the longest {longest:.0f} ms")
    print(f"most sent ahead {max(one.most_ahead for one in evening.heard):.0f} ms; {lateness(evening.late)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sessions", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--database", default="", help="an empty one; without it SQLite")
    asked = parser.parse_args()
    with ExitStack() as stack:
        its_core, other_cores = shared_out()
        stack.enter_context(on_cores(other_cores))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="streaming_"))
        settings, _helpers = stack.enter_context(vendors(SENTENCES))
        with on_cores(its_core):
            bar = stack.enter_context(
                BarProcess(Path(folder), asked.database, LOG_LEVEL="warning", **settings)
            )
        bar.manage("shell", "-c", RICH)
        print(f"the server on core {its_core}, guests and vendors on {other_cores}")
        asyncio.run(listen(bar, asked.sessions, asked.minutes))
        passed_on = bar.log.read_text().count("the next voice is tried")
        print(f"replies that Cartesia did not speak: {passed_on}")


if __name__ == "__main__":
    main()
