"""Stops Maya at random moments of a reply: how soon she is silent, and what the record keeps.

    python -m tests.bench.barge_in --times 500

The record must keep, letter for letter, the words that the player reported as played before the stop.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.bench.bench_voice import vendors
from tests.bench.listener import Listener
from tests.drills.bar import BarProcess
from tests.websocket_client import make_visit_cookies

AT_ONCE = 5
LONGEST = 2.5
ID = "story"


def recorded_text(captions: list[tuple[float, str]], played: float, text: str) -> str:
    """What a fair witness writes down: each mark counts once the next has begun."""
    at, heard = 0, 0
    for (_began, written), (following, _next) in pairwise(captions):
        at = text.index(written, at) + len(written)
        if following > played:
            break
        heard = at
    return text[:heard]


async def one(bar: BarProcess, number: int, verdicts: Counter[str], silent: list[float]) -> None:
    local = f"127.0.{1 + number // 10}.{1 + number % 10}"
    async with Listener(bar.address, make_visit_cookies(1)[0], local=local) as guest:
        await guest.send_client_ready()
        await guest.send_client_message("set-voice", on=True)
        heard, stopped = await guest.listen("a story", ID, stop_after=random.uniform(0.01, LONGEST))
        silent.append(stopped * 1000)
        said = "".join(f["data"]["text"] for f in guest.received if f["type"] == "bot-llm-text")
        marks = [f["data"] for f in guest.received if f["type"] == "bot-tts-text"]
        ended = next(f["data"] for f in guest.received if f["type"] == "bot-tts-stopped")
        await asyncio.sleep(0.3)  # the record is written behind the silence
        shown = (await guest.send_client_ready())["history"]["turns"][-1]["reply_text"]
    expected = recorded_text([(mark["at_ms"], mark["written"]) for mark in marks], heard.reported, said)
    if shown == said.strip():
        verdicts["heard to its end"] += 1
    elif shown == expected == ended.get("spoken_text", shown):
        verdicts["kept what was heard"] += 1
    else:
        verdicts["wrong"] += 1
        print(f"played {heard.reported:.0f} ms, kept {shown!r}, heard {expected!r}")


async def all_of(bar: BarProcess, times: int) -> None:
    verdicts, silent, turn = Counter[str](), list[float](), asyncio.Semaphore(AT_ONCE)

    async def seat(number: int) -> None:
        async with turn:
            await one(bar, number, verdicts, silent)

    await asyncio.gather(*(seat(number) for number in range(times)))
    silent.sort()
    print(f"{times} stops, {AT_ONCE} at once, load {os.getloadavg()[0]:.1f}: {dict(verdicts)}")
    middle, late = silent[len(silent) // 2], silent[len(silent) * 99 // 100]
    print(f"silent after p50 {middle:.0f}, p99 {late:.0f}, worst {silent[-1]:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--times", type=int, default=500)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="barge_in_") as folder,
        vendors(sentences=6) as (settings, _helpers),
        BarProcess(Path(folder), LOG_LEVEL="warning", **settings) as bar,
    ):
        asyncio.run(all_of(bar, asked.times))


if __name__ == "__main__":
    main()
