"""Kill the server at random moments in the middle of turns, and count what the guests were promised.

    python -m tests.drills.kill9 --times 50 --seed 7
    python -m tests.drills.kill9 --times 50 --database postgres://postgres@127.0.0.1/drill   (an empty one)

Guests talk and press buttons over real sockets. Each thing they ask has an id; they send it again until it is
answered. Afterwards every tab must equal its ledger, what was answered as done must be there once, and what
was refused or cut off must not be there twice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from websockets.exceptions import WebSocketException

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.drills.bar import BarProcess
from tests.websocket_client import GuestConnection, make_visit_cookies, visit_code_of

if TYPE_CHECKING:
    from bartender.models.visits import Visit

CONNECTION_ERRORS = (WebSocketException, OSError, TimeoutError)
DRINKS = ("Martini", "Negroni", "IPA", "Old Fashioned")
GUESTS = 6
REQUESTS_PER_GUEST = 9
MAX_UPTIME_SECONDS = 1.2


@dataclass
class GuestRequest:
    """One thing a guest asked for, how it was answered, and how often it had to be sent."""

    id: str
    how: str
    what: str
    answer: str = ""
    sent: int = 0


@dataclass
class GuestScript:
    cookie: str
    chance: random.Random
    number: int
    requests: list[GuestRequest] = field(default_factory=list)
    tab: dict[str, Any] = field(default_factory=dict)

    def next_request(self) -> GuestRequest:
        id = f"g{self.number}-{len(self.requests)}-{self.chance.randrange(16**6):06x}"
        how = self.chance.choice(["say", "say", "say", "tap", "tap", "tip", "place"])
        wish = GuestRequest(id, how, self.chance.choice(DRINKS))
        self.requests.append(wish)
        return wish


async def send_request(guest: GuestConnection, request: GuestRequest) -> None:
    request.sent += 1
    if request.how == "say":
        await guest.send_text(f"a {request.what} please", request.id)
        ended = next(frame for frame in reversed(guest.received) if frame["id"] == request.id)
        request.answer = ended["data"].get("outcome", "refused")
        return
    answer = {
        "tap": lambda: guest.send_client_message("tap-item", request.id, item=request.what),
        "tip": lambda: guest.send_client_message("set-tip", request.id, percent=15),
        "place": lambda: guest.send_client_message("place-order", request.id),
    }[request.how]
    request.answer = "done" if (await answer())["type"] == "server-response" else "refused"


async def play_guest(address: str, story: GuestScript) -> None:
    """Ask for all wishes; whenever the line is lost, come back and send again what was not answered."""
    waiting: GuestRequest | None = None
    while not story.tab:  # looked at last, so that a cut just before it does not end the evening
        with suppress(*CONNECTION_ERRORS):
            async with GuestConnection(address, story.cookie) as guest:
                await guest.send_client_ready()
                while waiting or len(story.requests) < REQUESTS_PER_GUEST:
                    waiting = waiting or story.next_request()
                    await send_request(guest, waiting)
                    waiting = None
                await guest.send_client_ready()
                story.tab = guest.last_tab()
        await asyncio.sleep(0.05)


async def kill_mid_turn(bar: BarProcess, chance: random.Random, stories: list[GuestScript]) -> int:
    """How many wishes were in the air when the power went: at a random moment after the first was asked."""
    while not any(story.requests for story in stories):
        await asyncio.sleep(0.01)
    await asyncio.sleep(chance.uniform(0, MAX_UPTIME_SECONDS))
    in_the_air = sum(1 for story in stories for wish in story.requests if not wish.answer)
    await asyncio.to_thread(bar.kill)
    await asyncio.to_thread(bar.open)
    return in_the_air


async def run_round(bar: BarProcess, number: int, chance: random.Random) -> tuple[list[GuestScript], int]:
    stories = [
        GuestScript(cookie, random.Random(chance.random()), number * GUESTS + seat)
        for seat, cookie in enumerate(make_visit_cookies(GUESTS))
    ]
    guests = [asyncio.create_task(play_guest(bar.address, story)) for story in stories]
    in_the_air = await kill_mid_turn(bar, chance, stories)
    async with asyncio.timeout(90):
        await asyncio.gather(*guests)
    return stories, in_the_air


# --- what must hold afterwards; run with the drill's own database ------------------------------------


def find_violations(stories: list[GuestScript]) -> list[str]:
    from payments.invariants import check_ledger_totals, check_tabs
    from payments.models import Tab

    found = [str(violation) for violation in (*check_tabs(Tab.objects.all()), *check_ledger_totals())]
    for story in stories:
        found += [f"{visit_code_of(story.cookie)[:8]}: {wrong}" for wrong in _guest_violations(story)]
    return found


def _guest_violations(story: GuestScript) -> list[str]:
    from bartender.models.visits import OrderLine, Turn, Visit
    from bartender.realtime.protocol import tab_message
    from bartender.services.bills import bill_of

    visit = Visit.objects.get(code=visit_code_of(story.cookie))
    found = []
    for wish in story.requests:
        turns = Turn.objects.filter(visit=visit, client_id=wish.id).count()
        lines = list(OrderLine.objects.filter(visit=visit, key__startswith=_key(wish)))
        poured = sum(line.quantity for line in lines)
        if not _matches_answer(wish, poured, turns):
            found.append(f"{wish} -> poured {poured}, {turns} turns")
    found += _ticket_violations(visit, story)
    on_record = tab_message(bill_of(visit))
    if on_record != story.tab:
        other = {
            name: (story.tab.get(name), on_record[name])
            for name in on_record
            if story.tab.get(name) != on_record[name]
        }
        found.append(f"the page shows another tab than the house has: {other}; {story.requests[-2:]}")
    return found


def _ticket_violations(visit: Visit, story: GuestScript) -> list[str]:
    """What was sent to the bar hangs there once; nothing hangs there that was not sent."""
    from bartender.models.visits import OrderLine, Ticket

    found = []
    for wish in story.requests:
        hang = Ticket.objects.filter(visit=visit, key__startswith=_key(wish)).count()
        if hang != int(wish.how == "place" and wish.answer == "done"):
            found.append(f"{wish} -> {hang} tickets")
    if Ticket.objects.filter(visit=visit, lines=None).exists():
        found.append("a ticket without drinks")
    if OrderLine.objects.filter(visit=visit, status="open", ticket__isnull=False).exists():
        found.append("a draft on a ticket")
    return found


def _key(wish: GuestRequest) -> str:
    return f"{wish.id}:" if wish.how == "say" else f"live:{wish.id}:"


def _matches_answer(wish: GuestRequest, poured: int, turns: int) -> bool:
    """Done: exactly once. Cut off by the crash: at most once, and the answer said so. Refused: not at all."""
    if wish.how == "say":
        once = {"done": (1,), "replayed": (1,), "interrupted": (0, 1)}.get(wish.answer, ())
        return turns == 1 and poured in once
    if wish.how == "tap":
        return poured == (1 if wish.answer == "done" else 0)
    return poured == 0 and bool(wish.answer)


# --- the drill ---------------------------------------------------------------------------------------


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--database", default="", help="an empty one of its own; SQLite in a folder without it"
    )
    return parser.parse_args()


async def drill(bar: BarProcess, times: int, chance: random.Random) -> tuple[list[GuestScript], int]:
    stories: list[GuestScript] = []
    in_the_air = 0
    for number in range(times):
        more, cut = await run_round(bar, number, chance)
        stories += more
        in_the_air += cut
        print(f"\rpower cut {number + 1} of {times}", end="", flush=True)
    print()
    return stories, in_the_air


def main() -> int:
    asked = options()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    with tempfile.TemporaryDirectory(prefix="stream_kill9_") as folder:
        bar = BarProcess(Path(folder), asked.database)
        os.environ["DATABASE_URL"] = bar.database
        began = time.monotonic()
        with bar:
            stories, in_the_air = asyncio.run(drill(bar, asked.times, random.Random(seed)))
        found = _checked(stories)
        tracebacks = bar.log.read_text().count("Traceback")
        if found or tracebacks:
            print(bar.log.read_text().partition("Traceback")[2][:3000])
    _report(stories, in_the_air, found, tracebacks, f"seed {seed}, {time.monotonic() - began:.0f} s")
    return 1 if found or tracebacks else 0


def _checked(stories: list[GuestScript]) -> list[str]:
    import django

    django.setup()
    return find_violations(stories)


def _report(stories: list[GuestScript], in_the_air: int, found: list[str], tracebacks: int, how: str) -> None:
    wishes = [wish for story in stories for wish in story.requests]
    answers = {wish.answer: 0 for wish in wishes}
    for wish in wishes:
        answers[wish.answer] += 1
    again = sum(1 for wish in wishes if wish.sent > 1)
    print(f"{len(wishes)} wishes of {len(stories)} guests ({how})")
    print(f"answered: {answers}; in the air at a cut: {in_the_air}; sent again: {again}")
    print(f"wrong: {len(found)}; tracebacks in the log: {tracebacks}")
    for wrong in found[:20]:
        print(" ", wrong)


if __name__ == "__main__":
    sys.exit(main())
