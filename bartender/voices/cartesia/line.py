"""One connection to Cartesia, for as long as it lives. Every reply has a context of its own on it.

The SDK connects, signs and sends. Messages are read as it hands them out raw (`recv_bytes`): its own
contexts wait for ever when the connection drops, and a chunk costs them half as much again.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from bartender.voices.cartesia.faults import Fault, refused
from maya_site.lib.errors import ProviderError

if TYPE_CHECKING:
    from cartesia import AsyncCartesia
    from cartesia.resources.tts import AsyncTTSResourceConnection

CONNECT_WITHIN = 5.0
MESSAGE_MOST = 4 << 20
OPTIONS: dict[str, Any] = {"max_size": MESSAGE_MOST, "compression": None, "open_timeout": CONNECT_WITHIN}

Event = dict[str, Any]


@dataclass
class Context:
    """What one reply gets to hear."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    events: asyncio.Queue[Event | ProviderError] = field(default_factory=asyncio.Queue)
    done: bool = False


class Line:
    def __init__(self, connection: AsyncTTSResourceConnection) -> None:
        self._connection = connection
        self._contexts: dict[str, Context] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.opened_at = self.used_at = time.monotonic()
        self.lost: Fault | None = None
        self._idle = asyncio.Event()
        self._keep(self._listen())

    @classmethod
    async def open(cls, client: AsyncCartesia) -> Line:
        """By a new manager each time: an old one hands out its dead connection again."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                manager = client.tts.websocket_connect(websocket_connection_options=cast(Any, OPTIONS))
                return cls(await manager.enter())
        except InvalidStatus as error:
            raise refused(error.response.status_code) from None
        except (WebSocketException, OSError, TimeoutError) as error:
            raise Fault("network", type(error).__name__) from None

    @property
    def busy(self) -> bool:
        return bool(self._contexts)

    def begin(self) -> Context:
        context = Context()
        self._contexts[context.id] = context
        self.used_at = time.monotonic()
        return context

    def end(self, context: Context) -> None:
        """What is still being made for it is made no longer."""
        self._contexts.pop(context.id, None)
        self._idle.set()
        self.used_at = time.monotonic()
        if not context.done and not self.lost:
            self._keep(self._cancel(context))

    async def send(self, context: Context, said: Event) -> None:
        if self.lost:
            raise self.lost
        try:
            await self._connection.send(cast(Any, {"context_id": context.id, **said}))
        except (WebSocketException, OSError) as error:
            raise self._lose(Fault("network", type(error).__name__)) from None

    async def close_when_idle(self) -> None:
        while self._contexts and not self.lost:
            self._idle.clear()
            await self._idle.wait()
        await self._close()

    async def _close(self) -> None:
        self._lose(Fault("network", "closed"))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    async def _cancel(self, context: Context) -> None:
        try:
            await self._connection.send({"cancel": True, "context_id": context.id})
        except (WebSocketException, OSError) as error:
            self._lose(Fault("network", type(error).__name__))

    async def _listen(self) -> None:
        try:
            while True:
                self._route(await self._connection.recv_bytes())
        except ConnectionClosed:
            self._lose(Fault("network", "the line was closed"))
        except OSError as error:
            self._lose(Fault("network", type(error).__name__))

    def _route(self, message: bytes) -> None:
        try:
            event = json.loads(message)
            id = event.get("context_id")
        except (ValueError, AttributeError):
            self._tell_all(Fault("protocol", "not a JSON object"))
            return
        if id is not None:
            if context := self._contexts.get(id):  # else: nobody waits for it, or nobody ever did
                context.events.put_nowait(event)
        elif event.get("type") == "error":  # meant for somebody on this line, it does not say for whom
            self._tell_all(event)

    def _tell_all(self, what: Event | Fault) -> None:
        for context in self._contexts.values():
            context.events.put_nowait(what)

    def _lose(self, fault: Fault) -> Fault:
        if self.lost is None:
            self.lost = fault
            self._idle.set()
            self._tell_all(fault)
        return self.lost

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
