"""What a scripted evening costs: tokens and money for each turn, and the budgets stepping down in it.

    python -m tests.bench.cost_evening [--visit-cents 2] [--day-cents 5]

A real bar in a process of its own thinks with the scripted Gemini, whose usage metadata counts tokens by
length; guests talk over the live stream. The budgets are small, so that one evening meets every step.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from maya_site.core.money import format_cost
from tests.drills.bar import BarProcess
from tests.vendors.gemini import KEY, ScriptedGemini
from tests.vendors.gemini.evening import answer_request
from tests.websocket_client import GuestConnection, make_visit_cookies, message_kind

SAYINGS = (
    "Good evening, what do you recommend?",
    "Two martinis, please",
    "And an IPA for my friend",
    "How much do I owe?",
    "What do you have without alcohol?",
    "A lemonade, please",
    "Send it to the bar",
    "20 percent for you",
    "An old fashioned as well",
    "Check please",
)
GUESTS = ("Ada", "Ben", "Cy")
ROW = "{:4} {:>2} {:38.38} {:7} {:>7} {:>6} {:>6} {:>9} {:>9} {:>9}  {}"
TURN = "SELECT brain, token_usage, cost_microcents FROM bartender_turn ORDER BY id DESC LIMIT 1"


async def visit(bar: BarProcess, file: Path, name: str, spent: Counter[str]) -> None:
    async with GuestConnection(bar.address, make_visit_cookies(1)[0]) as guest:
        await guest.send_client_ready()
        for number, said in enumerate(SAYINGS, 1):
            before = len(guest.received)
            await guest.send_text(said)
            told = [
                frame["data"]["text"] for frame in guest.received[before:] if message_kind(frame) == "notice"
            ]
            with sqlite3.connect(file) as database:
                brain, uses, cost = database.execute(TURN).fetchone()
            tokens = Counter[str]()
            for used in json.loads(uses):
                tokens.update({part: used[part] for part in ("input", "cached", "output", "thoughts")})
            spent.update({name: cost, "day": cost})
            written = tokens["output"] + tokens["thoughts"]
            money = (format_cost(one) for one in (cost, spent[name], spent["day"]))
            model = ", ".join(used["model"].removeprefix("gemini-") for used in json.loads(uses))
            note = model + "".join(f" <- {text.split(',')[0].split(':')[0]}" for text in told)
            print(
                ROW.format(
                    name, number, said, brain, tokens["input"], tokens["cached"], written, *money, note
                )
            )
        tab = guest.last_tab()
        print(
            f"{name}'s tab: {len(tab['lines'])} lines, due {tab['due_cents']} cents, {tab['tab']['status']}\n"
        )


async def guests(bar: BarProcess, file: Path) -> None:
    spent = Counter[str]()
    print(ROW.format("", "", "said", "brain", "in", "cached", "out", "turn", "visit", "day", "model"))
    for name in GUESTS:
        await visit(bar, file, name, spent)
    print(f"The evening cost {format_cost(spent['day'])} in {len(GUESTS) * len(SAYINGS)} turns.")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--visit-cents", type=int, default=2)
    parser.add_argument("--day-cents", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ScriptedGemini() as gemini:
        gemini.always(answer_request)
        bar = BarProcess(Path(folder), GEMINI_API_KEY=KEY, GEMINI_BASE_URL=gemini.address)
        file = Path(folder) / "drill.sqlite3"
        bar.prepare()
        with sqlite3.connect(file) as database:
            database.execute(
                "UPDATE bartender_venue SET visit_budget_cents = ?, day_budget_cents = ?",
                (asked.visit_cents, asked.day_cents),
            )
        bar.open()
        try:
            asyncio.run(guests(bar, file))
        finally:
            bar.close()


if __name__ == "__main__":
    main()
