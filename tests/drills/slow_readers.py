"""Guests whose line has stopped: they ask for stories aloud and read nothing. Everybody else must not notice.

    python -m tests.drills.slow_readers --many 200

Told: what the server held at most for each of them, how soon they were let go, and what an attentive guest
heard before and meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import socket
import tempfile
import time
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from websockets.asyncio.client import connect

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.bench.bench_voice import vendors
from tests.bench.listener import Listener
from tests.drills.bar import BarProcess
from tests.websocket_client import COOKIE, SUBPROTOCOL, make_visit_cookies

SENTENCES = 90  # a minute of sound, some 3 MB
SMALL_WINDOW_BYTES = 4096
KIB = 1024


class StoppedReader(Listener):
    """Its window is small, and once `stop` was called nobody empties it."""

    async def __aenter__(self) -> Self:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW_BYTES)
        line.bind((self.local, 0))
        line.setblocking(False)
        port = int(self.url.split(":")[2].split("/")[0])
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        self.socket = await connect(
            self.url,
            sock=line,
            origin=self.origin,  # type: ignore[arg-type]
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
            additional_headers={"Cookie": f"{COOKIE}={self.cookie}"},
            compression=None,
            max_queue=1,
            ping_interval=None,
            close_timeout=0.1,
        )
        return self

    async def stop(self) -> None:
        await self.send_client_ready()
        await self.send_client_message("set-voice", on=True)
        await self.send("send-text", {"content": "tell me a story"}, "story")


def count_streams(bar: BarProcess) -> int:
    with urllib.request.urlopen(f"{bar.address}/metrics", timeout=10) as answer:
        found = re.search(r"^maya_voice_sessions (\d+)", answer.read().decode(), re.MULTILINE)
    return int(found[1]) if found else 0


async def run_attentive_guest(bar: BarProcess, number: int, said: str) -> str:
    async with Listener(bar.address, make_visit_cookies(1)[0], local=f"127.0.98.{number}") as guest:
        await guest.send_client_ready()
        await guest.send_client_message("set-voice", on=True)
        heard, _stopped = await guest.listen("tell me a story", "mine", stop_after=10.0)
    text, sound, gap = heard.first_text * 1000, heard.first_audio * 1000, max(heard.gaps, default=0.0)
    return f"{said}: text {text:.0f} ms, sound {sound:.0f} ms, longest gap {gap:.0f} ms"


async def run_stopped_guests(bar: BarProcess, many: int) -> None:
    print(await run_attentive_guest(bar, 1, "alone"), flush=True)
    async with AsyncExitStack() as stack:
        readers = [
            StoppedReader(bar.address, cookie, local=f"127.0.{1 + number // 10}.{1 + number % 10}")
            for number, cookie in enumerate(make_visit_cookies(many))
        ]
        for reader in readers:
            await stack.enter_async_context(reader)
        before = most = bar.memory_bytes()
        for reader in readers:
            await reader.stop()
        began = time.monotonic()
        beside = await run_attentive_guest(bar, 2, f"beside {many} who do not read")
        left = many
        while left and time.monotonic() - began < 120:
            await asyncio.sleep(0.5)
            most = max(most, bar.memory_bytes())
            left = await asyncio.to_thread(count_streams, bar)
        gone = time.monotonic() - began
    print(beside)
    print(
        f"let go, all but {left}, after {gone:.0f} s; at most {(most - before) / KIB / many:.0f} KiB for each"
    )
    print(await run_attentive_guest(bar, 3, "afterwards"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--many", type=int, default=200)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="slow_readers_") as folder,
        vendors(SENTENCES) as (settings, _helpers),
        BarProcess(Path(folder), LOG_LEVEL="warning", **settings) as bar,
    ):
        print(f"load {os.getloadavg()[0]:.1f}")
        asyncio.run(run_stopped_guests(bar, asked.many))


if __name__ == "__main__":
    main()
