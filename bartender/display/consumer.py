"""The live line of one bar display. It only tells: what staff do there is done by forms."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from django.conf import settings
from django.utils import timezone

from bartender.display.pieces import READ, SEE, board_pieces, visit_pieces
from bartender.display.session import staff_of
from bartender.records.visits import Visit
from bartender.services.tickets import next_at_the_bar
from bartender.stream.news import HOUSE
from bartender.stream.outbox import Outbox
from bartender.stream.relay import relay_here
from bartender.stream.tasks import asked, guarded, keep
from maya_site.lib.consumer import HouseConsumer
from maya_site.lib.errors import Busy

logger = logging.getLogger(__name__)

GOODBYE, RESTARTING, NOT_LOGGED_IN, GARBLED, NOT_READING = 1000, 4001, 4401, 4400, 4408
GATHER = 0.03  # one deed writes several rows: looked at once
AT_MOST_EVERY = 0.2  # however much is said in the house
TRY_AGAIN = 1.0
PINGS_A_MINUTE = 30


def look(session: str, visit: str) -> tuple[dict[str, str], float | None] | None:
    """What is to be seen now, and in how many seconds there is more; None for whoever may not see it."""
    person = staff_of(session, READ if visit else SEE)
    if person is None:
        return None
    if not visit:
        due = next_at_the_bar(timezone.now())  # asked first: what falls due meanwhile is looked at twice
        return board_pieces(person), due
    found = Visit.objects.filter(code=visit).first()
    return (visit_pieces(person, found), None) if found else None


class DisplayConsumer(HouseConsumer):
    channel_layer_alias = None  # the relay hears the news for all streams: none of them dies with Redis

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outbox = Outbox(self.send)
        self.stale = asyncio.Event()
        self.shown: dict[str, str] = {}
        self.pings: list[float] = []
        self.leaving = False
        self.alarm: asyncio.TimerHandle | None = None
        self.tasks: list[asyncio.Task[Any]] = []

    async def connect(self) -> None:
        cookies = self.scope.get("cookies", {})
        self.session = str(cookies.get(settings.SESSION_COOKIE_NAME, ""))
        query = parse_qs(self.scope.get("query_string", b"").decode("ascii", "replace"))
        self.visit = query.get("visit", [""])[0][:32]
        await self.accept()
        self.relay = relay_here()
        self.relay.join(HOUSE, self.stale.set)
        self.stale.set()
        self.tasks = [keep(self._write()), keep(guarded("a display's news", self._show))]

    async def _show(self) -> None:
        while not self.leaving:
            await self.stale.wait()
            await asyncio.sleep(GATHER)
            self.stale.clear()
            began = time.monotonic()
            try:
                found = await asked(look, self.session, self.visit)
            except Busy:
                await asyncio.sleep(TRY_AGAIN)
                self.stale.set()
                continue
            if found is None:
                return await self.farewell("log in", NOT_LOGGED_IN)
            pieces, due = found
            self._tell(pieces)
            if due is not None:
                self._wake_in(due)
            await asyncio.sleep(max(0.0, AT_MOST_EVERY - (time.monotonic() - began)))

    def _wake_in(self, seconds: float) -> None:
        """A held ticket says nothing when its time has come."""
        if self.alarm:
            self.alarm.cancel()
        self.alarm = asyncio.get_running_loop().call_later(seconds + GATHER, self.stale.set)

    def _tell(self, pieces: dict[str, str]) -> None:
        """Those that changed; the first time all of them, since the page may be an old one."""
        changed = {name: html for name, html in pieces.items() if self.shown.get(name) != html}
        if changed or not self.shown:
            self.say("pieces", pieces=changed, now=time.time())
        self.shown = pieces

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A display says nothing but that it is there."""
        now = time.monotonic()
        self.pings = [*(one for one in self.pings if now - one < 60), now]
        if text_data != "ping" or len(self.pings) > PINGS_A_MINUTE:
            await self.farewell("not understood", GARBLED, retry_after=30)
        else:
            self.say("pong", now=time.time())

    def say(self, kind: str, **said: Any) -> None:
        self.outbox.put(json.dumps({"kind": kind, **said}, ensure_ascii=False, separators=(",", ":")))

    async def _write(self) -> None:
        if not await self.outbox.run() and not self.leaving:
            self.leaving = True
            await self.close(code=NOT_READING)

    async def farewell(self, reason: str, code: int, retry_after: float | None = None) -> None:
        if self.leaving:
            return
        self.leaving = True
        self.say("bye", reason=reason, retry_after=retry_after)
        await self.outbox.emptied(within=TRY_AGAIN)
        self.outbox.close()
        await self.close(code=code)

    async def last_call(self) -> None:
        await self.farewell("the bar restarts", RESTARTING, retry_after=1)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        self._clear_away()
        raise StopConsumer

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._clear_away()

    def _clear_away(self) -> None:
        self.leaving = True
        self.outbox.close()
        if self.tasks:
            self.relay.leave(HOUSE, self.stale.set)
        if self.alarm:
            self.alarm.cancel()
        for task in self.tasks:
            task.cancel()
