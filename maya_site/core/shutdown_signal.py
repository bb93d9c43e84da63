"""The signal that the server stops. Every open stream waits for it, says goodbye and closes."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class ShutdownSignal:
    """Like an asyncio.Event, but it can be awaited on any event loop and set from any thread."""

    def __init__(self) -> None:
        self.is_set = False
        self._waiters: set[asyncio.Future[None]] = set()

    def trigger(self) -> None:
        self.is_set = True
        for waiting in list(self._waiters):
            with suppress(RuntimeError):  # its loop is closed: nobody is left to hear it
                waiting.get_loop().call_soon_threadsafe(_resolve, waiting)

    def reset(self) -> None:
        self.is_set = False

    async def wait(self) -> None:
        if self.is_set:
            return
        waiting = asyncio.get_running_loop().create_future()
        self._waiters.add(waiting)
        try:
            await waiting
        finally:
            self._waiters.discard(waiting)


def _resolve(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


SHUTDOWN = ShutdownSignal()
