"""What a guest sees of each of Gemini's faults, and how long it takes, with the real deadlines.

    python -m tests.bench.faults_gemini [--only stall]

Each row is one guest who says “A martini, please” where both models of Gemini fail in that way.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time

from tests.bench.bench_gemini import KEY, MODEL, prepared
from tests.vendors.gemini import (
    Disconnect,
    Finish,
    FunctionCall,
    Pause,
    ScriptedGemini,
    ScriptedRound,
    faults,
)

SAID = "A martini, please"
POUR = FunctionCall("add_to_order", {"item": "Martini"})
FAULTS: dict[str, list[ScriptedRound]] = {
    "none": [[POUR], ["[happy] One Martini, $13.00."]],
    "429, then well": [faults.busy(), [POUR], ["[happy] One Martini, $13.00."]],
    "429 for good": [faults.busy()],
    "429, Retry-After 1": [faults.busy(retry_after="1"), [POUR], ["[happy] One Martini, $13.00."]],
    "429, Retry-After 60": [faults.busy(retry_after="60")],
    "500": [faults.broken()],
    "502 with a page": [faults.gateway()],
    "503 in the stream": [faults.fails_midway("One ")],
    "no answer at all": [faults.mute()],
    "headers, then silence": [faults.never()],
    "stall after a word": [faults.stalls("One ")],
    "stall after a sentence": [faults.stalls("One moment, please. And ")],
    "a word a second": [faults.dribbles("Well. " * 60, pause=1.0)],
    "cut in the first sentence": [faults.cut("One ")],
    "cut after a sentence": [["One moment, please. And ", Disconnect()]],
    "no finish reason": [faults.ends_early("One ")],
    "no candidates": [faults.nothing()],
    "prompt blocked": [faults.blocked()],
    "SAFETY": [faults.stopped("SAFETY")],
    "RECITATION": [faults.stopped("RECITATION")],
    "MAX_TOKENS": [faults.stopped("MAX_TOKENS")],
    "MALFORMED_FUNCTION_CALL": [faults.stopped("MALFORMED_FUNCTION_CALL")],
    "a call, then a bad end": [[POUR, Finish("MALFORMED_FUNCTION_CALL")]],
    "garbage": [faults.garbage()],
    "a chunk of 5 MB": [faults.huge()],
    "10,000 chunks": [faults.many()],
    "wrong key": [faults.bad_key()],
    "unknown model": [faults.unknown_model(MODEL)],
    "500 after the tools": [[POUR], faults.broken()],
    "silence after the tools": [[POUR], [Pause(faults.LONG)]],
    "50 calls": [[POUR] * 50, ["[happy] That is a lot."]],
    "calls for ever": [[POUR]],
}


async def guest(server: ScriptedGemini, rounds: list[ScriptedRound]) -> str:
    from bartender.brains.base import Brain
    from bartender.brains.deadlines import TurnDeadline
    from bartender.brains.fallback import FallbackBrain
    from bartender.brains.gemini.brain import GeminiProvider
    from bartender.brains.gemini.registration import gemini
    from bartender.brains.rule_based.brain import RuleBasedBrain
    from bartender.conversation.events import TextDelta, TurnEnded
    from bartender.conversation.turn import take_turn
    from bartender.services.visits import open_visit
    from maya_site.core.db import run_in_db_thread

    server.forget()
    server.play(*rounds)
    server.always(rounds[-1])
    regular = gemini()
    fresh = GeminiProvider(  # nobody failed here before
        credentials=regular.credentials, models=regular.models, client_pool=regular.client_pool
    )
    patience = TurnDeadline(fresh.timeouts)
    brain: Brain = FallbackBrain(fresh.fallback_candidates(patience), RuleBasedBrain(), patience)
    visit = await run_in_db_thread(open_visit)
    began, first = time.perf_counter(), 0.0
    async for event in take_turn(visit, SAID, "turn", brain, run_in_db_thread):
        if isinstance(event, TextDelta) and not first:
            first = time.perf_counter() - began
    took = time.perf_counter() - began
    assert isinstance(event, TurnEnded)
    reply = event.reply if len(event.reply) < 90 else f"{event.reply[:40]} … {event.reply[-45:]}"
    figures = f"{first:6.2f} {took:6.2f} {len(server.turns):>3}"
    return f"{figures} {event.brain_name:<7} {event.outcome:<7} {event.bill.units:>3}  {reply}"


async def table(server: ScriptedGemini, only: str) -> None:
    print(f"{'fault':<26} {'first':>6} {'whole':>6} ask brain   outcome tab  what the guest heard")
    for name, rounds in FAULTS.items():
        if only in name:
            print(f"{name:<26} {await guest(server, rounds)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    parser.add_argument("--database", default="", help="an empty one; without it SQLite")
    asked = parser.parse_args()
    with ScriptedGemini(keys={KEY}) as server, prepared(asked.database, server.address):
        print(f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}; seconds")
        asyncio.run(table(server, asked.only))


if __name__ == "__main__":
    main()
