"""What one container holds: memory of an empty bar and of one with guests, and processor for each answer.

    python -m tests.bench.bench_capacity [--guests 100] [--turns 3]

Guests sit on live streams and order; the rule-based brain answers, nobody speaks. Processor time is
counted, not waited for, so that a busy machine measures nearly the same.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.drills.bar import BarProcess
from tests.websocket_client import GuestConnection, make_visit_cookies

MB = 1024 * 1024
# So many streams the bar takes from one address.
EACH_ADDRESS = 20


async def evening(bar: BarProcess, guests: int, turns: int) -> dict[str, float]:
    async with AsyncExitStack() as seats:
        seated = []
        for number, cookie in enumerate(make_visit_cookies(guests)):
            guest = GuestConnection(bar.address, cookie, local=f"127.0.0.{2 + number // EACH_ADDRESS}")
            await seats.enter_async_context(guest)
            await guest.send_client_ready()
            seated.append(guest)
        idle, before = bar.memory_bytes(), bar.cpu_seconds()
        for guest in seated:
            for turn in range(turns):
                await guest.send_text(("an IPA please", "what do you have", "that is all")[turn % 3])
        worked = bar.cpu_seconds() - before
        return {
            "seated": idle / MB,
            "served": bar.memory_bytes() / MB,
            "ms": 1000 * worked / (guests * turns),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--guests", type=int, default=100)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, BarProcess(Path(place), MEMORY_STORE="none") as bar:
        empty = bar.memory_bytes() / MB
        found = asyncio.run(evening(bar, asked.guests, asked.turns))
    each = 1024 * (found["seated"] - empty) / asked.guests
    print(f"empty {empty:.0f} MB; {asked.guests} guests {found['seated']:.0f} MB ({each:.0f} KB each)")
    print(f"{asked.turns} turns each: {found['served']:.0f} MB, {found['ms']:.1f} ms of processor a turn")


if __name__ == "__main__":
    main()
