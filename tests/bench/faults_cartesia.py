"""What a guest hears while Cartesia fails: a real bar, a real socket, and a scripted Cartesia with one fault.

    python -m tests.bench.faults_cartesia [--only drop]

Each fault meets a bar that was opened for it, twice: `again` is the reply after it, when she may be resting.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import tempfile
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.bench.listener import Heard, Listener
from tests.drills.bar import BarProcess
from tests.vendors.cartesia import ScriptedCartesia
from tests.vendors.gemini import KEY, ScriptedGemini
from tests.websocket_client import make_visit_cookies

SAYS = ("Good evening, welcome in. ", "What can I get you? ", "The night is young.")
FOR_GOOD = 9  # more often than she tries
LATER = 4  # chunks, a word each: in the middle of the first sentence but one

FAULTS: dict[str, tuple[dict[str, Any], int]] = {
    "none": ({}, 1),
    "delay 9 s, once": ({"delay": 9}, 1),
    "stall before sound, once": ({"stall_at": 0}, 1),
    "stall in a sentence": ({"stall_at": LATER}, 1),
    "drop before sound, once": ({"drop_at": 0}, 1),
    "drop in a sentence": ({"drop_at": LATER}, 1),
    "drop, each time": ({"drop_at": 0}, FOR_GOOD),
    "accept, then close, once": ({"hang_up": True}, 1),
    "accept, then close, each time": ({"hang_up": True}, FOR_GOOD),
    "odd number of bytes": ({"odd_at": LATER}, 1),
    "sound that is no base64": ({"garbage_at": LATER}, 1),
    "a stranger's context": ({"stranger_at": LATER}, 1),
    "error event 500": ({"error_at": LATER}, 1),
    "error without a context": ({"error_at": LATER, "nameless": True}, 1),
    "no word times": ({"times": False}, FOR_GOOD),
    "half speed": ({"speed": 0.5}, FOR_GOOD),
    "429 at the door": ({"refuse": 429}, FOR_GOOD),
    "503 at the door, once": ({"refuse": 503}, 1),
    "wrong key": ({"refuse": 401}, FOR_GOOD),
}


def speakers(bar: BarProcess) -> str:
    """By the characters each was given, as the metrics have it."""
    with urllib.request.urlopen(f"{bar.address}/metrics", timeout=5) as answer:
        told = answer.read().decode()
    found = re.findall(r'maya_tts_characters_total\{provider="(\w+)"\} (\d+)', told)
    return ", ".join(f"{voice} {many}" for voice, many in found) or "nobody"


def captions(guest: Listener, id: str) -> str:
    frames = [frame for frame in guest.received if frame["id"] == id]
    return " ".join(frame["data"]["text"] for frame in frames if frame["type"] == "bot-tts-text")


def table_row(heard: Heard) -> str:
    longest = max(heard.gaps, default=0.0) / 1000
    return f"{heard.first_text:5.2f} {heard.first_audio:6.2f} {heard.ms / 1000:6.2f} {longest:5.2f}"


async def visit(bar: BarProcess) -> str:
    async with Listener(bar.address, make_visit_cookies(1)[0]) as guest:
        await guest.send_client_ready()
        await guest.send_client_message("set-voice", on=True)
        heard, _stopped = await guest.listen("hello", "one")
        again, _stopped = await guest.listen("hello", "two")
        said = captions(guest, "one")
    return f"{table_row(heard)}  {again.first_audio:6.2f}  {speakers(bar):<24} {said}"


def meet(name: str, gemini: ScriptedGemini) -> str:
    dials, times = FAULTS[name]
    with ScriptedCartesia(key=KEY) as cartesia, tempfile.TemporaryDirectory(prefix="faults_") as folder:
        cartesia.dials = replace(cartesia.dials, speed=4.0)
        keys = {"GEMINI_API_KEY": KEY, "CARTESIA_API_KEY": KEY, "LOG_LEVEL": "warning"}
        addresses = {"GEMINI_BASE_URL": gemini.address, "CARTESIA_BASE_URL": cartesia.address}
        with BarProcess(Path(folder), **keys, **addresses) as bar:
            for _ in range(times):
                cartesia.next(**dials)
            told = asyncio.run(visit(bar))
        return f"{name:<30} {told}  ({cartesia.connections} connections)"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}; seconds")
    print(
        f"{'fault':<30} {'text':>5} {'sound':>6} {'length':>6} {'gap':>5}  {'again':>6}"
        f"  {'who, characters':<24} what was heard of: {''.join(SAYS)}"
    )
    with ScriptedGemini(models=set()) as gemini:
        gemini.always([*SAYS])
        for name in FAULTS:
            if asked.only in name:
                print(meet(name, gemini), flush=True)


if __name__ == "__main__":
    main()
