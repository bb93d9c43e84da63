"""What every live stream stands on: messages that wait for nobody, a goodbye, and a send queue.

Queueing never blocks; a client that does not read is disconnected.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple, ParamSpec, TypeVar

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.utils import await_many_dispatch

from maya_site.core.metrics import STREAM_CLOSES
from maya_site.core.shutdown_signal import SHUTDOWN

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Message = dict[str, Any]
CLOSE_SERVER_RESTART = 4001
CLOSE_ABNORMAL = 1006
# Our own codes, in a word for the monitors. What a guest's browser closes with is its own affair: "left".
CLOSE_REASONS = {
    1000: "goodbye",
    CLOSE_SERVER_RESTART: "restart",
    4400: "garbled",
    4401: "no_visit",
    4406: "no_subprotocol",
    4408: "not_reading",
    4409: "unused",
    4410: "visit_over",
    4429: "too_many",
    4503: "busy",
}


# The event loop itself holds its tasks only weakly.
RUNNING_TASKS: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    RUNNING_TASKS.add(task)
    task.add_done_callback(RUNNING_TASKS.discard)
    return task


async def run_logged(
    what: str, work: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs
) -> bool:
    """Whether it went well. A bug goes to the log with its traceback, and ends this piece of work only.

    The work begins in here: a task that is stopped before its first step leaves no coroutine unawaited.
    """
    try:
        await work(*args, **kwargs)
    except Exception:
        logger.exception("%s failed", what)
        return False
    return True


class BaseConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A stream whose handlers never pass through a shared thread.

    It has no channel layer of its own: one hub for each process hears what others tell
    (bartender/realtime/broadcast.py), so no stream dies with Redis.
    """

    close_reason = "broken"  # neither side has said that it goes: a bug, or a server that was cut off

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        listening = asyncio.create_task(self._wait_for_shutdown())
        try:
            await await_many_dispatch([receive], self.dispatch)
        except StopConsumer:
            return
        finally:
            listening.cancel()
            STREAM_CLOSES.labels(self.close_reason).inc()

    async def dispatch(self, message: Message) -> None:
        """As in Channels, without the hop through one global thread before every message."""
        if message["type"] == "websocket.disconnect" and self.close_reason == "broken":
            self.close_reason = "lost" if message.get("code") == CLOSE_ABNORMAL else "left"
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            raise ValueError(f"No handler for message type {message['type']}")
        await handler(message)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.close_reason = CLOSE_REASONS.get(code or 1000, "other")
        await super().close(code=code, reason=reason)

    async def on_shutdown(self) -> None:
        """Called when the server stops. Override it to say goodbye; the default only closes with 4001."""
        await self.close(code=CLOSE_SERVER_RESTART)

    async def _wait_for_shutdown(self) -> None:
        await SHUTDOWN.wait()
        await self.on_shutdown()


# --- the send queue of one stream ---------------------------------------------------------------------

MAX_QUEUED_BYTES = 1 << 20
SEND_TIMEOUT_SECONDS = 20.0


class OutboxItem(NamedTuple):
    payload: str | bytes
    size_bytes: int
    is_audio: bool


class Outbox:
    def __init__(
        self,
        send: Callable[[str | bytes], Awaitable[None]],
        max_bytes: int = MAX_QUEUED_BYTES,
        send_timeout_seconds: float = SEND_TIMEOUT_SECONDS,
    ) -> None:
        self._send = send
        self._max_bytes = max_bytes
        self._send_timeout_seconds = send_timeout_seconds
        self._queue: deque[OutboxItem] = deque()
        self._queued_bytes = 0
        self._not_empty = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.is_closed = False

    def put(self, payload: str | bytes, *, is_audio: bool = False) -> None:
        """Queues a payload; dropped once closed. More than `max_bytes` in the queue closes the outbox."""
        if self.is_closed:
            return
        size = len(payload.encode() if isinstance(payload, str) else payload)
        self._queue.append(OutboxItem(payload, size, is_audio))
        self._queued_bytes += size
        self._empty.clear()
        self._not_empty.set()
        if self._queued_bytes > self._max_bytes:
            self.close()

    def drop_audio(self) -> None:
        """Removes queued audio; everything else keeps its order."""
        remaining = deque(item for item in self._queue if not item.is_audio)
        self._queued_bytes -= sum(item.size_bytes for item in self._queue if item.is_audio)
        self._queue = remaining

    def close(self) -> None:
        self.is_closed = True
        self._queue.clear()
        self._queued_bytes = 0
        self._not_empty.set()

    async def run(self) -> None:
        """Sends until the outbox is closed; a send that times out closes it."""
        while True:
            await self._not_empty.wait()
            sent_bytes = 0
            if self._queue:  # empty if it was closed, or the queued audio was dropped
                item = self._queue.popleft()
                try:
                    async with asyncio.timeout(self._send_timeout_seconds):
                        await self._send(item.payload)
                except TimeoutError:
                    self.close()
                sent_bytes = item.size_bytes
            if self.is_closed:
                return
            self._queued_bytes -= sent_bytes
            if not self._queue:
                self._not_empty.clear()
                self._empty.set()

    async def wait_until_empty(self, timeout_seconds: float) -> None:
        """Waits, at most `timeout_seconds`, until everything is sent."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._empty.wait()
