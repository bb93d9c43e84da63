"""How soon a guest hears Maya: over real sockets, with scripted Gemini and Cartesia of fixed delays.

    python -m tests.bench.bench_voice --sessions 1 10 50 200
    python -m tests.bench.bench_voice --sessions 300 --sentences 40   (sixty words a minute each)

Ours is what comes on top of the providers' own delays: socket, database, ledger, claim gate, both SDKs. Every
session says something about every ten seconds, plays what it hears in real time and reports it. A guest may
say little in a minute, so each turn is that of a new guest; its page is open before the clock starts.

The server has a core to itself; guests and vendors share the others, and the table says how busy they were:
near 100 % the times are theirs, not Maya's. What the server does while nobody is there is no cost of a turn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.bench.listener import Heard, Listener
from tests.drills.bar import BarProcess, cpu_seconds
from tests.websocket_client import make_visit_cookies

THINKS, DRAWS_BREATH = 0.1, 0.05
PERIOD = 10.0
HEAD = (
    "| sessions | turns | text ms p50/p95 | audio ms p50/p95 | gap ms p50/p99 | CPU ms a turn "
    "| % of its core | % of a core, guests and vendors | KiB a session | ms ahead | load |"
)
QUIET = 6.0  # longer than the streams' own looks at the database are apart


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Whoever is started meanwhile stays on them."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def shared_out() -> tuple[set[int], set[int]]:
    """The server's core, and those of everybody else; all have the one where there is no second."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


@contextmanager
def vendors(sentences: int) -> Iterator[tuple[dict[str, str], int]]:
    """The settings that lead to them, and their process."""
    run = [sys.executable, "-m", "tests.bench.voice_vendors", "--sentences", str(sentences)]
    run += ["--thinks", str(THINKS), "--draws-breath", str(DRAWS_BREATH)]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        gemini, cartesia, key = process.stdout.readline().split()
        keys = {"GEMINI_API_KEY": key, "CARTESIA_API_KEY": key}
        yield keys | {"GEMINI_BASE_URL": gemini, "CARTESIA_BASE_URL": cartesia}, process.pid
    finally:
        process.terminate()
        process.wait()


async def seat(bar: BarProcess, number: int, turns: int, all_heard: list[Heard]) -> None:
    local = f"127.0.{1 + number // 10}.{1 + number % 10}"
    await asyncio.sleep(random.uniform(0, PERIOD / 2) if turns else 0)
    for turn in range(turns):
        async with Listener(bar.address, make_visit_cookies(1)[0], local=local) as guest:
            await guest.send_client_ready()
            await guest.send_client_message("set-voice", on=True)
            began = time.perf_counter()
            heard, _stopped = await guest.listen("how was your day?", f"turn-{turn}")
            all_heard.append(heard)
            await asyncio.sleep(max(0, PERIOD * random.uniform(0.8, 1.2) - (time.perf_counter() - began)))


def idle(bar: BarProcess) -> float:
    """Seconds of processor in each second while nobody is there."""
    before = bar.cpu_seconds()
    time.sleep(QUIET)
    return (bar.cpu_seconds() - before) / QUIET


async def measure(bar: BarProcess, sessions: int, turns: int, resting: float, helpers: int) -> str:
    heard: list[Heard] = []
    helped = time.process_time() + cpu_seconds(helpers)
    before, busy, began = bar.memory_bytes(), bar.cpu_seconds(), time.perf_counter()
    sitting = [asyncio.create_task(seat(bar, number, turns, heard)) for number in range(sessions)]
    most = before
    while not all(task.done() for task in sitting):
        await asyncio.sleep(0.25)
        most = max(most, bar.memory_bytes())
    await asyncio.gather(*sitting)
    worked, took = bar.cpu_seconds() - busy, time.perf_counter() - began
    helped = time.process_time() + cpu_seconds(helpers) - helped
    text = [(one.first_text - THINKS) * 1000 for one in heard]
    audio = [(one.first_audio - THINKS - DRAWS_BREATH) * 1000 for one in heard]
    gaps = [max(one.gaps, default=0.0) for one in heard]
    ahead = max(one.most_ahead for one in heard)
    return (
        f"| {sessions} | {len(heard)} | {_p(text, 50)} / {_p(text, 95)} | {_p(audio, 50)} / {_p(audio, 95)} "
        f"| {_p(gaps, 50)} / {_p(gaps, 99)} | {(worked - resting * took) / len(heard) * 1000:.0f} "
        f"| {worked / took * 100:.0f} | {helped / took * 100:.0f} "
        f"| {(most - before) / 1024 / sessions:.0f} | {ahead:.0f} | {os.getloadavg()[0]:.1f} |"
    )


async def stops(bar: BarProcess, times: int) -> str:
    took = []
    for number in range(times):
        async with Listener(bar.address, make_visit_cookies(1)[0], local=f"127.0.90.{1 + number}") as guest:
            await guest.send_client_ready()
            await guest.send_client_message("set-voice", on=True)
            wait = random.uniform(0.05, 1.5)
            _heard, stopped = await guest.listen("a story", "story", stop_after=wait)
            took.append(stopped * 1000)
    return f"time to stop, {times} times: p50 {_p(took, 50)}, worst {max(took):.1f} ms"


def _p(values: list[float], percentile: int) -> str:
    ordered = sorted(values)
    return f"{ordered[min(len(ordered) - 1, len(ordered) * percentile // 100)]:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 50, 200])
    parser.add_argument("--turns", type=int, default=3, help="of each session")
    parser.add_argument("--sentences", type=int, default=3, help="of each reply; three last two seconds")
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--database", default="", help="an empty one; without it SQLite")
    asked = parser.parse_args()
    with ExitStack() as stack:
        its_core, other_cores = shared_out()
        stack.enter_context(on_cores(other_cores))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="voice_bench_"))
        settings, helpers = stack.enter_context(vendors(asked.sentences))
        with on_cores(its_core):
            bar = stack.enter_context(
                BarProcess(Path(folder), asked.database, LOG_LEVEL="warning", **settings)
            )
        kind = bar.database.partition("://")[0]
        print(f"{kind}; the server on core {its_core}, guests and vendors on {other_cores}")
        show(bar, asked, helpers)


def show(bar: BarProcess, asked: argparse.Namespace, helpers: int) -> None:
    asyncio.run(measure(bar, 1, 2, 0.0, helpers))  # the first turns load the menu and open the lines
    resting = idle(bar)
    print(
        f"while nobody is there {resting * 1000:.0f} ms of processor a second; load {os.getloadavg()[0]:.1f}"
    )
    print(HEAD + "\n" + "| --- " * HEAD.count(" |") + "|", flush=True)
    for sessions in asked.sessions:
        turns = max(asked.turns, 10 // sessions)
        print(asyncio.run(measure(bar, sessions, turns, resting, helpers)), flush=True)
    if asked.stops:
        print(asyncio.run(stops(bar, asked.stops)))
    passed_on = bar.log.read_text().count("the next voice is tried")
    print(f"replies that Cartesia did not speak, so that another voice was measured: {passed_on}")


if __name__ == "__main__":
    main()
