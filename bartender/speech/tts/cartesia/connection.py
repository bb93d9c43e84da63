"""One WebSocket connection to Cartesia, on which every reply has its own context.

The SDK connects, authenticates and sends; messages are read raw with `recv_bytes`. The SDK's own contexts
hang when the connection drops, and take half as much CPU again for each chunk.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from bartender.speech.tts.cartesia.errors import CartesiaFailure, error_for_status
from maya_site.core.errors import ProviderError

if TYPE_CHECKING:
    from cartesia import AsyncCartesia
    from cartesia.resources.tts import AsyncTTSResourceConnection

CONNECT_TIMEOUT_SECONDS = 5.0
MAX_MESSAGE_BYTES = 2 << 20  # of one message, whose audio is base64 text
MAX_CONTEXT_BYTES = 32 << 20  # of all messages of one context
CONNECTION_OPTIONS: dict[str, Any] = {
    "max_size": MAX_MESSAGE_BYTES,
    "compression": None,
    "open_timeout": CONNECT_TIMEOUT_SECONDS,
}

ServerMessage = dict[str, Any]


@dataclass
class ContextInbox:
    """The messages that arrive for one reply."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    events: asyncio.Queue[ServerMessage | ProviderError] = field(default_factory=asyncio.Queue)
    is_done: bool = False
    received_bytes: int = 0  # of all its messages


class CartesiaConnection:
    def __init__(self, connection: AsyncTTSResourceConnection) -> None:
        self._connection = connection
        self._contexts: dict[str, ContextInbox] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.opened_at = self.last_used_at = time.monotonic()
        self.failure: CartesiaFailure | None = None
        self._context_closed = asyncio.Event()
        self._spawn(self._receive_messages())

    @classmethod
    async def open(cls, client: AsyncCartesia) -> CartesiaConnection:
        """Uses a new manager each time, because a used one returns its dead connection again.

        Raises CartesiaFailure or CartesiaRejected.
        """
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                manager = client.tts.websocket_connect(
                    websocket_connection_options=cast(Any, CONNECTION_OPTIONS)
                )
                return cls(await manager.enter())
        except InvalidStatus as error:
            raise error_for_status(error.response.status_code) from None
        except (WebSocketException, OSError, TimeoutError) as error:
            raise CartesiaFailure("network", type(error).__name__) from None

    @property
    def is_busy(self) -> bool:
        return bool(self._contexts)

    def open_context(self) -> ContextInbox:
        context = ContextInbox()
        self._contexts[context.id] = context
        self.last_used_at = time.monotonic()
        return context

    def close_context(self, context: ContextInbox) -> None:
        """Also cancels what Cartesia is still synthesizing for it."""
        self._contexts.pop(context.id, None)
        self._context_closed.set()
        self.last_used_at = time.monotonic()
        if not context.is_done and not self.failure:
            self._spawn(self._cancel(context))

    async def send(self, context: ContextInbox, message: ServerMessage) -> None:
        if self.failure:
            raise self.failure
        try:
            await self._connection.send(cast(Any, {"context_id": context.id, **message}))
        except (WebSocketException, OSError) as error:
            raise self._mark_failed(CartesiaFailure("network", type(error).__name__)) from None

    async def close_when_idle(self) -> None:
        while self._contexts and not self.failure:
            self._context_closed.clear()
            await self._context_closed.wait()
        await self._close()

    async def _close(self) -> None:
        self._mark_failed(CartesiaFailure("network", "closed"))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    async def _cancel(self, context: ContextInbox) -> None:
        try:
            await self._connection.send({"cancel": True, "context_id": context.id})
        except (WebSocketException, OSError) as error:
            self._mark_failed(CartesiaFailure("network", type(error).__name__))

    async def _receive_messages(self) -> None:
        try:
            while True:
                self._dispatch(await self._connection.recv_bytes())
        except ConnectionClosed:
            self._mark_failed(CartesiaFailure("network", "the line was closed"))
        except OSError as error:
            self._mark_failed(CartesiaFailure("network", type(error).__name__))

    def _dispatch(self, message: bytes) -> None:
        try:
            event = json.loads(message)
            id = event.get("context_id")
        except (ValueError, AttributeError, RecursionError):
            self._broadcast(CartesiaFailure("protocol", "not a JSON object"))
            return
        if id is not None:
            if context := self._contexts.get(str(id)):  # None for a closed or unknown context
                context.received_bytes += len(message)
                much = context.received_bytes > MAX_CONTEXT_BYTES
                context.events.put_nowait(CartesiaFailure("protocol", "more than a reply") if much else event)
        elif event.get("type") == "error":  # it may concern any context of this connection
            self._broadcast(event)

    def _broadcast(self, message: ServerMessage | CartesiaFailure) -> None:
        for context in self._contexts.values():
            context.events.put_nowait(message)

    def _mark_failed(self, fault: CartesiaFailure) -> CartesiaFailure:
        if self.failure is None:
            self.failure = fault
            self._context_closed.set()
            self._broadcast(fault)
        return self.failure

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
