"""What every live stream stands on: messages that wait for nobody, and a goodbye."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

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
