"""Turns on the live stream. A turn is a task of its own: it outlives a lost socket, and stops when told to.

One turn of a visit runs at a time, whichever of its streams it came by.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.brains import get_brain
from bartender.conversation.events import Event
from bartender.conversation.records import keep_heard
from bartender.conversation.turn import take_turn
from bartender.records.visits import Visit
from bartender.stream import mouth
from bartender.stream.tasks import asked, guarded, keep, whole
from bartender.wire import SendText
from maya_site.lib.errors import Refused
from maya_site.lib.log_ids import bound, turn_id

logger = logging.getLogger(__name__)

# New words give the turn before them this long to end by itself, so that what a guest asked for in quick
# succession is all done; "stop" does not. Together they stay within a quarter of a second.
GRACE = 0.15
STOPPED_WITHIN = 0.1
LONGEST = 45.0
# The server stops: so long a turn may still take, and so long it takes to write down that it was stopped.
LAST_TURN = 3.0
PUT_DOWN_WITHIN = 1.0
BROKEN = "Something broke on my side. Nothing was charged twice; please try once more."


@dataclass
class Running:
    id: str
    task: asyncio.Task[None]

    def stop(self) -> None:
        if not self.task.done():
            self.task.cancel()


RUNNING: dict[str, Running] = {}
WRITING: dict[str, set[asyncio.Task[bool]]] = {}  # what was heard, on its way into the record


class Teller:
    """What a stream does with a turn. It must not wait, and may be told after the stream has ended."""

    def event(self, event: Event) -> None:
        raise NotImplementedError

    def cut(self, outcome: str, why: str = "") -> None:
        """It ended before its end. Said once, however often it is told."""
        raise NotImplementedError


def running(visit: Visit) -> Running | None:
    now = RUNNING.get(visit.code)
    return now if now and not now.task.done() else None


def begin(visit: Visit, words: SendText, teller: Callable[[], Teller]) -> None:
    """Start a turn. The same id while it runs is the same turn: that one is waited for, not stopped."""
    before = running(visit)
    if before and before.id == words.id:
        keep(_tell(visit, words, teller()))
        return
    if words.interrupts:
        hush(visit)
    told = teller()
    task = keep(_after(before, visit, words, told))
    RUNNING[visit.code] = Running(words.id, task)
    task.add_done_callback(lambda done: _ended(visit.code, done, told))


def interrupt(visit: Visit) -> bool:
    """Whether there was anything to stop."""
    now = running(visit)
    if now:
        now.stop()
    return hush(visit) or now is not None


def hush(visit: Visit) -> bool:
    """Stop the sound alone. The record keeps what was heard, once the turn itself is written."""
    cut = mouth.hush(visit)
    now = running(visit)
    for speech in cut:
        turn = now.task if now and now.id == speech.id else None
        writing = keep(guarded("what was heard", _keep_heard, visit, speech.id, speech.heard(), turn))
        WRITING.setdefault(visit.code, set()).add(writing)
        writing.add_done_callback(lambda done: _written(visit.code, done))
    return bool(cut)


async def _keep_heard(visit: Visit, id: str, heard: str, turn: asyncio.Task[None] | None) -> None:
    if turn:
        await asyncio.wait({turn})
    await asked(keep_heard, visit, id, heard)


def _written(code: str, done: asyncio.Task[bool]) -> None:
    WRITING[code].discard(done)
    if not WRITING[code]:
        del WRITING[code]


def _ended(code: str, done: asyncio.Task[None], teller: Teller) -> None:
    if done.cancelled():  # perhaps before it began
        teller.cut("stopped")
    if (now := RUNNING.get(code)) and now.task is done:
        del RUNNING[code]


async def put_down(turn: Running, patience: float) -> None:
    """It may end by itself; else it ends here, with what it did and said so far kept as its answer. The page,
    which asks again by the same id elsewhere, is given that."""
    await asyncio.wait({turn.task}, timeout=patience)
    turn.stop()
    await asyncio.wait({turn.task}, timeout=PUT_DOWN_WITHIN)


def last_turns() -> None:
    """Asked in a thread when the server stops: turns whose guests hung up are not cut off, either."""
    going = [(turn, turn.task.get_loop()) for turn in list(RUNNING.values())]
    ending = [asyncio.run_coroutine_threadsafe(put_down(turn, LAST_TURN), loop) for turn, loop in going]
    concurrent.futures.wait(ending, timeout=LAST_TURN + 2 * PUT_DOWN_WITHIN)


async def _after(before: Running | None, visit: Visit, words: SendText, teller: Teller) -> None:
    if before:
        await asyncio.wait({before.task}, timeout=GRACE if words.interrupts else LONGEST)
        before.stop()
        await asyncio.wait({before.task}, timeout=STOPPED_WITHIN)
    if writing := WRITING.get(visit.code):
        await asyncio.wait(set(writing), timeout=STOPPED_WITHIN)
    await _tell(visit, words, teller)


async def _tell(visit: Visit, words: SendText, teller: Teller) -> None:
    with bound(turn=turn_id(words.id)), override(visit.language):
        if not await guarded("a turn", _turn, visit, words, teller):
            teller.cut("failed", _(BROKEN))


async def _turn(visit: Visit, words: SendText, teller: Teller) -> None:
    told = take_turn(visit, words.content, words.id, get_brain(visit), whole)
    turn = cast(AsyncGenerator[Event, None], told)
    try:
        async with asyncio.timeout(LONGEST), aclosing(turn) as events:
            async for event in events:
                teller.event(event)
    except Refused as refused:  # the database is away
        teller.cut("failed", str(refused))
