"""How long a guest waits for an answer: turns of the rule-based brain over real sockets, database and all.

    python -m tests.bench.bench_turn --sockets 1 10 50 --turns 500
    python -m tests.bench.bench_turn --database postgres://postgres@127.0.0.1/bench   (an empty one)

Measured at the guest: from sending the words to the first text of the answer, and to its end. Each socket
talks without pause, so the figures for many sockets are those of a machine that is full. What one visit may
say in a minute is limited: a new guest comes after every few turns, from another address of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.drills.bar import BarProcess
from tests.websocket_client import GuestConnection, make_visit_cookies

EACH_GUEST = 10
SAYINGS = (
    "a martini please",
    "what's in a negroni?",
    "two IPAs and an old fashioned",
    "make that three",
    "how was your day?",
    "what do I owe?",
    "I'd like something fruity",
    "drop one IPA",
    "tip 15 percent",
    "send it to the bar please",
)


@dataclass
class Figures:
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    refused: int = 0


async def turn(guest: GuestConnection, number: int, figures: Figures) -> None:
    began = time.perf_counter()
    id = await guest.send("send-text", {"content": SAYINGS[number % len(SAYINGS)]}, f"t-{number}")
    await guest.wait_for(
        lambda frame: frame["id"] == id and frame["type"] in ("bot-llm-text", "error-response")
    )
    if guest.received[-1]["type"] == "error-response":
        figures.refused += 1
        return
    figures.first.append(time.perf_counter() - began)
    await guest.wait_for(lambda frame: frame["id"] == id and frame["type"] == "bot-llm-stopped")
    figures.whole.append(time.perf_counter() - began)


async def seat(address: str, number: int, turns: int, figures: Figures) -> None:
    """One socket that is always busy: guest after guest."""
    local = f"127.0.{1 + number // 10}.{1 + number % 10}"
    for start in range(0, turns, EACH_GUEST):
        async with GuestConnection(address, make_visit_cookies(1)[0], local=local) as guest:
            await guest.send_client_ready()
            for one in range(start, min(start + EACH_GUEST, turns)):
                await turn(guest, one, figures)


async def measure(bar: BarProcess, sockets: int, turns: int) -> str:
    figures = Figures()
    each = max(EACH_GUEST, turns // sockets)
    began, busy = time.perf_counter(), bar.cpu_seconds()
    await asyncio.gather(*(seat(bar.address, number, each, figures) for number in range(sockets)))
    took, worked = time.perf_counter() - began, bar.cpu_seconds() - busy
    return (
        f"{sockets:>3} sockets: {len(figures.whole)} turns, {len(figures.whole) / took:6.1f}/s; "
        f"first text p50 {_ms(figures.first, 50)} p95 {_ms(figures.first, 95)}; "
        f"whole p50 {_ms(figures.whole, 50)} p95 {_ms(figures.whole, 95)} ms; "
        f"server worked {worked / max(1, len(figures.whole)) * 1000:.1f} ms a turn; refused {figures.refused}"
    )


def _ms(values: list[float], percentile: int) -> str:
    ordered = sorted(values)
    return f"{ordered[min(len(ordered) - 1, len(ordered) * percentile // 100)] * 1000:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--turns", type=int, default=500, help="of all sockets together")
    parser.add_argument("--database", default="", help="an empty one; without it SQLite")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="stream_bench_") as folder,
        BarProcess(Path(folder), asked.database, LOG_LEVEL="warning") as bar,
    ):
        load = os.getloadavg()[0]
        print(f"{bar.database.partition('://')[0]}, {os.cpu_count()} cores, load before: {load:.1f}")
        asyncio.run(measure(bar, 1, 20))  # the first turns load the menu
        for sockets in asked.sockets:
            print(asyncio.run(measure(bar, sockets, asked.turns)), flush=True)
        print(f"the server holds {bar.memory_bytes() >> 20} MiB")


if __name__ == "__main__":
    main()
