"""What waits to be sent on one stream. Saying something never waits; a guest who does not read is let go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

MOST_WAITING = 1 << 20
PATIENCE = 20.0


class Outbox:
    def __init__(
        self,
        send: Callable[[str | bytes], Awaitable[None]],
        most: int = MOST_WAITING,
        patience: float = PATIENCE,
    ) -> None:
        self._send = send
        self._most = most
        self._patience = patience
        self._texts: deque[str | bytes] = deque()
        self._size = 0
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()
        self.shut = False

    def put(self, text: str | bytes) -> None:
        """Dropped once the stream is over. More than may wait ends the stream."""
        if self.shut:
            return
        self._texts.append(text)
        self._size += len(text.encode() if isinstance(text, str) else text)
        self._none.clear()
        self._some.set()
        if self._size > self._most:
            self.close()

    def close(self) -> None:
        self.shut = True
        self._texts.clear()
        self._size = 0
        self._some.set()

    async def run(self) -> bool:
        """Send until closed. False where the other side did not read."""
        while True:
            await self._some.wait()
            if self.shut:
                return False
            text = self._texts.popleft()
            try:
                async with asyncio.timeout(self._patience):
                    await self._send(text)
            except TimeoutError:
                self.close()
                return False
            self._sent(text)

    def _sent(self, text: str | bytes) -> None:
        if self.shut:
            return
        self._size -= len(text.encode() if isinstance(text, str) else text)
        if not self._texts:
            self._some.clear()
            self._none.set()

    async def emptied(self, within: float) -> None:
        """Wait for the last words to be out, for as long as politeness asks."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._none.wait()
