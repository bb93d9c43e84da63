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
from tests.drills.bar import Bar
from tests.live import Guest, cookies, visit_of

if TYPE_CHECKING:
    from bartender.records.visits import Visit

LOST = (WebSocketException, OSError, TimeoutError)
DRINKS = ("Martini", "Negroni", "IPA", "Old Fashioned")
GUESTS = 6
WISHES = 9
LONGEST_LIFE = 1.2


@dataclass
class Asked:
    """One thing a guest asked for, how it was answered, and how often it had to be sent."""

    id: str
    how: str
    what: str
    answer: str = ""
    sent: int = 0


@dataclass
class Story:
    cookie: str
    chance: random.Random
    number: int
    asked: list[Asked] = field(default_factory=list)
    tab: dict[str, Any] = field(default_factory=dict)

    def wish(self) -> Asked:
        id = f"g{self.number}-{len(self.asked)}-{self.chance.randrange(16**6):06x}"
        how = self.chance.choice(["say", "say", "say", "tap", "tap", "tip", "place"])
        wish = Asked(id, how, self.chance.choice(DRINKS))
        self.asked.append(wish)
        return wish


async def ask(guest: Guest, wish: Asked) -> None:
    wish.sent += 1
    if wish.how == "say":
        await guest.say(f"a {wish.what} please", wish.id)
        ended = next(frame for frame in reversed(guest.seen) if frame["id"] == wish.id)
        wish.answer = ended["data"].get("outcome", "refused")
        return
    answer = {
        "tap": lambda: guest.press("tap-item", wish.id, item=wish.what),
        "tip": lambda: guest.press("set-tip", wish.id, percent=15),
        "place": lambda: guest.press("place-order", wish.id),
    }[wish.how]
    wish.answer = "done" if (await answer())["type"] == "server-response" else "refused"


async def evening(address: str, story: Story) -> None:
    """Ask for all wishes; whenever the line is lost, come back and send again what was not answered."""
    waiting: Asked | None = None
    while not story.tab:  # looked at last, so that a cut just before it does not end the evening
        with suppress(*LOST):
            async with Guest(address, story.cookie) as guest:
                await guest.ready()
                while waiting or len(story.asked) < WISHES:
                    waiting = waiting or story.wish()
                    await ask(guest, waiting)
                    waiting = None
                await guest.ready()
                story.tab = guest.tab()
        await asyncio.sleep(0.05)


async def power_cut(bar: Bar, chance: random.Random, stories: list[Story]) -> int:
    """How many wishes were in the air when the power went: at a random moment after the first was asked."""
    while not any(story.asked for story in stories):
        await asyncio.sleep(0.01)
    await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))
    in_the_air = sum(1 for story in stories for wish in story.asked if not wish.answer)
    await asyncio.to_thread(bar.kill)
    await asyncio.to_thread(bar.open)
    return in_the_air


async def round_of(bar: Bar, number: int, chance: random.Random) -> tuple[list[Story], int]:
    stories = [
        Story(cookie, random.Random(chance.random()), number * GUESTS + seat)
        for seat, cookie in enumerate(cookies(GUESTS))
    ]
    guests = [asyncio.create_task(evening(bar.address, story)) for story in stories]
    in_the_air = await power_cut(bar, chance, stories)
    async with asyncio.timeout(90):
        await asyncio.gather(*guests)
    return stories, in_the_air


# --- what must hold afterwards; run with the drill's own database ------------------------------------


def wrongs(stories: list[Story]) -> list[str]:
    from payments.audit import check_book, check_tabs
    from payments.models import Tab

    found = [str(violation) for violation in (*check_tabs(Tab.objects.all()), *check_book())]
    for story in stories:
        found += [f"{visit_of(story.cookie)[:8]}: {wrong}" for wrong in _of_guest(story)]
    return found


def _of_guest(story: Story) -> list[str]:
    from bartender.records.visits import OrderLine, Turn, Visit
    from bartender.services.bills import bill_of
    from bartender.wire import tab_message

    visit = Visit.objects.get(code=visit_of(story.cookie))
    found = []
    for wish in story.asked:
        turns = Turn.objects.filter(visit=visit, client_id=wish.id).count()
        lines = list(OrderLine.objects.filter(visit=visit, key__startswith=_key(wish)))
        poured = sum(line.quantity for line in lines)
        if not _as_answered(wish, poured, turns):
            found.append(f"{wish} -> poured {poured}, {turns} turns")
    found += _of_tickets(visit, story)
    house = tab_message(bill_of(visit))
    if house != story.tab:
        other = {
            name: (story.tab.get(name), house[name]) for name in house if story.tab.get(name) != house[name]
        }
        found.append(f"the page shows another tab than the house has: {other}; {story.asked[-2:]}")
    return found


def _of_tickets(visit: Visit, story: Story) -> list[str]:
    """What was sent to the bar hangs there once; nothing hangs there that was not sent."""
    from bartender.records.visits import OrderLine, Ticket

    found = []
    for wish in story.asked:
        hang = Ticket.objects.filter(visit=visit, key__startswith=_key(wish)).count()
        if hang != int(wish.how == "place" and wish.answer == "done"):
            found.append(f"{wish} -> {hang} tickets")
    if Ticket.objects.filter(visit=visit, lines=None).exists():
        found.append("a ticket without drinks")
    if OrderLine.objects.filter(visit=visit, status="open", ticket__isnull=False).exists():
        found.append("a draft on a ticket")
    return found


def _key(wish: Asked) -> str:
    return f"{wish.id}:" if wish.how == "say" else f"live:{wish.id}:"


def _as_answered(wish: Asked, poured: int, turns: int) -> bool:
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


async def drill(bar: Bar, times: int, chance: random.Random) -> tuple[list[Story], int]:
    stories: list[Story] = []
    in_the_air = 0
    for number in range(times):
        more, cut = await round_of(bar, number, chance)
        stories += more
        in_the_air += cut
        print(f"\rpower cut {number + 1} of {times}", end="", flush=True)
    print()
    return stories, in_the_air


def main() -> int:
    asked = options()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    with tempfile.TemporaryDirectory(prefix="stream_kill9_") as folder:
        bar = Bar(Path(folder), asked.database)
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


def _checked(stories: list[Story]) -> list[str]:
    import django

    django.setup()
    return wrongs(stories)


def _report(stories: list[Story], in_the_air: int, found: list[str], tracebacks: int, how: str) -> None:
    wishes = [wish for story in stories for wish in story.asked]
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
