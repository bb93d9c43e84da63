"""Told once, when the server is asked to stop: every open stream says goodbye and closes by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class LastCall:
    """Like an asyncio.Event that may be awaited on any event loop and set from any thread."""

    def __init__(self) -> None:
        self.called = False
        self._listening: set[asyncio.Future[None]] = set()

    def call(self) -> None:
        self.called = True
        for waiting in list(self._listening):
            with suppress(RuntimeError):  # its loop is closed: nobody is left to hear it
                waiting.get_loop().call_soon_threadsafe(_wake, waiting)

    def reopen(self) -> None:
        self.called = False

    async def wait(self) -> None:
        if self.called:
            return
        waiting = asyncio.get_running_loop().create_future()
        self._listening.add(waiting)
        try:
            await waiting
        finally:
            self._listening.discard(waiting)


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


LAST_CALL = LastCall()
