"""How soon a guest hears Maya: over real sockets, with scripted Gemini and Cartesia of fixed delays.

    python -m tests.bench.bench_voice --sessions 1 10 50 200
    python -m tests.bench.bench_voice --sessions 300 --sentences 40   (sixty words a minute each)

Ours is what comes on top of the providers' own delays: socket, database, ledger, claim gate, both SDKs. Every
session says something about every ten seconds, plays what it hears in real time and reports it. A guest may
say little in a minute, so each turn is that of a new guest; its page is open before the clock starts.
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
from contextlib import contextmanager
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.bench.listener import Heard, Listener
from tests.drills.bar import Bar
from tests.live import cookies

THINKS, DRAWS_BREATH = 0.1, 0.05
PERIOD = 10.0


@contextmanager
def vendors(sentences: int) -> Iterator[dict[str, str]]:
    run = [sys.executable, "-m", "tests.bench.voice_vendors", "--sentences", str(sentences)]
    run += ["--thinks", str(THINKS), "--draws-breath", str(DRAWS_BREATH)]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        gemini, cartesia, key = process.stdout.readline().split()
        keys = {"GEMINI_API_KEY": key, "CARTESIA_API_KEY": key}
        yield keys | {"GEMINI_BASE_URL": gemini, "CARTESIA_BASE_URL": cartesia}
    finally:
        process.terminate()
        process.wait()


async def seat(bar: Bar, number: int, turns: int, all_heard: list[Heard]) -> None:
    local = f"127.0.{1 + number // 10}.{1 + number % 10}"
    await asyncio.sleep(random.uniform(0, PERIOD / 2) if turns else 0)
    for turn in range(turns):
        async with Listener(bar.address, cookies(1)[0], local=local) as guest:
            await guest.ready()
            await guest.press("set-voice", on=True)
            began = time.perf_counter()
            heard, _stopped = await guest.listen("how was your day?", f"turn-{turn}")
            all_heard.append(heard)
            await asyncio.sleep(max(0, PERIOD * random.uniform(0.8, 1.2) - (time.perf_counter() - began)))


async def measure(bar: Bar, sessions: int, turns: int) -> str:
    heard: list[Heard] = []
    before, busy, began = bar.memory(), bar.processor_seconds(), time.perf_counter()
    sitting = [asyncio.create_task(seat(bar, number, turns, heard)) for number in range(sessions)]
    most = before
    while not all(task.done() for task in sitting):
        await asyncio.sleep(0.25)
        most = max(most, bar.memory())
    await asyncio.gather(*sitting)
    worked, took = bar.processor_seconds() - busy, time.perf_counter() - began
    text = [(one.first_text - THINKS) * 1000 for one in heard]
    audio = [(one.first_audio - THINKS - DRAWS_BREATH) * 1000 for one in heard]
    gaps = [max(one.gaps, default=0.0) for one in heard]
    ahead = max(one.most_ahead for one in heard)
    return (
        f"| {sessions} | {len(heard)} | {_p(text, 50)} / {_p(text, 95)} | {_p(audio, 50)} / {_p(audio, 95)} "
        f"| {_p(gaps, 50)} / {_p(gaps, 99)} | {worked / len(heard) * 1000:.0f} | {worked / took * 100:.0f} "
        f"| {(most - before) / 1024 / sessions:.0f} | {ahead:.0f} | {os.getloadavg()[0]:.1f} |"
    )


async def stops(bar: Bar, times: int) -> str:
    took = []
    for number in range(times):
        async with Listener(bar.address, cookies(1)[0], local=f"127.0.90.{1 + number}") as guest:
            await guest.ready()
            await guest.press("set-voice", on=True)
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
    with (
        tempfile.TemporaryDirectory(prefix="voice_bench_") as folder,
        vendors(asked.sentences) as settings,
        Bar(Path(folder), asked.database, LOG_LEVEL="warning", **settings) as bar,
    ):
        print(f"{bar.database.partition('://')[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        asyncio.run(measure(bar, 1, 2))  # the first turns load the menu and open the lines
        print(
            "| sessions | turns | text ms p50/p95 | audio ms p50/p95 | gap ms p50/p99 | CPU ms a turn ",
            end="",
        )
        print("| % of a core | KiB a session | ms ahead | load |\n" + "| --- " * 10 + "|", flush=True)
        for sessions in asked.sessions:
            turns = max(asked.turns, 10 // sessions)
            print(asyncio.run(measure(bar, sessions, turns)), flush=True)
        if asked.stops:
            print(asyncio.run(stops(bar, asked.stops)))


if __name__ == "__main__":
    main()
