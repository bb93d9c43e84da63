"""News from outside a stream: another window, the till's page, staff, another process.

The news itself is only "look again"; each stream reads for itself what it shows. Within a process it goes
straight to the streams. Between processes it goes over the channel layer, which one task per process hears;
where that is away or drops something, a look at the database every few seconds finds it. No stream depends
on the channel layer.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from bartender.stream.news import HOUSE, pulse
from bartender.stream.tasks import asked, guarded
from maya_site.lib.counters import NEWS_DROPPED
from maya_site.lib.errors import Refused
from maya_site.lib.limits import cache_trouble

logger = logging.getLogger(__name__)

GROUP = "maya.news"
ME = uuid.uuid4().hex
EVERYBODY = "everybody"
LOOK_EVERY = 5.0
RENEW_EVERY = 60.0
TRY_AGAIN = 2.0
PUBLISH_WITHIN = 2.0
MOST_WAITING = 200

Look = Callable[[], None]


class Relay:
    """The streams of one event loop, and the two tasks that listen for them while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.looks: dict[str, set[Look]] = {}
        self.tasks: list[asyncio.Task[bool]] = []
        self.seen: dict[str, str] = {}

    def join(self, visit: str, look: Look) -> None:
        self.looks.setdefault(visit, set()).add(look)
        if not self.tasks:
            RELAYS.add(self)
            named = (("hearing the news", self._hear), ("looking for news", self._look_around))
            self.tasks = [asyncio.create_task(guarded(name, work)) for name, work in named]

    def leave(self, visit: str, look: Look) -> None:
        self.looks.get(visit, set()).discard(look)
        if not self.looks.get(visit):
            self.looks.pop(visit, None)
            self.seen.pop(visit, None)
        if not self.looks:
            RELAYS.discard(self)
            for task in self.tasks:
                task.cancel()
            self.tasks = []

    def tell(self, visit: str) -> None:
        """Whoever watches the house hears of every visit."""
        for name in list(self.looks) if visit == EVERYBODY else {visit, HOUSE}:
            for look in list(self.looks.get(name, ())):
                look()

    async def _hear(self) -> None:
        layer = get_channel_layer()
        if layer is None or isinstance(layer, InMemoryChannelLayer):
            return  # one process: announce() has told everybody already
        away = False
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                logger.log(logging.WARNING if away else logging.INFO, "hearing the news of other processes")
                away = False
                await self._hear_on(layer, channel)
            except cache_trouble() as trouble:
                if not away:
                    logger.warning("the channel layer is away: %s", type(trouble).__name__)
                away = True
                await asyncio.sleep(TRY_AGAIN)

    async def _hear_on(self, layer: Any, channel: str) -> None:
        """Until the membership wants renewing: a broker that was restarted has forgotten it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RENEW_EVERY):
                while True:
                    message = await layer.receive(channel)
                    if message.get("from") != ME:
                        self.tell(str(message.get("visit", "")))

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            with suppress(Refused):  # the database is away, as the log says by now
                found = await asked(pulse, list(self.looks))
                for visit, state in found.items():
                    if self.seen.get(visit) != state:  # also when it is seen for the first time
                        self.tell(visit)
                self.seen = found


# Only those that have streams.
RELAYS: set[Relay] = set()
_publisher = ThreadPoolExecutor(1, thread_name_prefix="maya-news")
_room = threading.BoundedSemaphore(MOST_WAITING)


def relay_here() -> Relay:
    loop = asyncio.get_running_loop()
    return next((relay for relay in RELAYS if relay.loop is loop), None) or Relay(loop)


def announce(visit: str) -> None:
    """From any thread of any process: whoever shows this visit, look again. Waits for nothing."""
    for relay in list(RELAYS):
        with suppress(RuntimeError):  # its loop is closed: nobody is left to hear it
            relay.loop.call_soon_threadsafe(relay.tell, visit)
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return
    if _room.acquire(blocking=False):
        told = _publisher.submit(copy_context().run, _publish, layer, visit)
        told.add_done_callback(lambda _done: _room.release())
    else:
        NEWS_DROPPED.inc()


def _publish(layer: Any, visit: str) -> None:
    async def send() -> None:
        async with asyncio.timeout(PUBLISH_WITHIN):
            await layer.group_send(GROUP, {"type": "news", "visit": visit, "from": ME})

    try:
        async_to_sync(send)()
    except cache_trouble() as trouble:
        NEWS_DROPPED.inc()
        logger.info("news were not passed on: %s", type(trouble).__name__)
