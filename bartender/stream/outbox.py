"""What waits to be sent on one stream. Saying something never waits; a guest who does not read is let go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

MOST_WAITING = 1 << 20
PATIENCE = 20.0


class Item(NamedTuple):
    said: str | bytes
    size: int
    sound: bool


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
        self._waiting: deque[Item] = deque()
        self._size = 0
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()
        self.shut = False

    def put(self, said: str | bytes, *, sound: bool = False) -> None:
        """Dropped once the stream is over. More than may wait ends the stream."""
        if self.shut:
            return
        size = len(said.encode() if isinstance(said, str) else said)
        self._waiting.append(Item(said, size, sound))
        self._size += size
        self._none.clear()
        self._some.set()
        if self._size > self._most:
            self.close()

    def drop_sound(self) -> None:
        """What is not sent yet of it. All else keeps its place."""
        kept = deque(item for item in self._waiting if not item.sound)
        self._size -= sum(item.size for item in self._waiting if item.sound)
        self._waiting = kept

    def close(self) -> None:
        self.shut = True
        self._waiting.clear()
        self._size = 0
        self._some.set()

    async def run(self) -> bool:
        """Send until closed. False where the other side did not read."""
        while True:
            await self._some.wait()
            if self.shut:
                return False
            if not self._waiting:  # the sound that woke us was dropped
                self._idle()
                continue
            item = self._waiting.popleft()
            try:
                async with asyncio.timeout(self._patience):
                    await self._send(item.said)
            except TimeoutError:
                self.close()
                return False
            self._sent(item)

    def _sent(self, item: Item) -> None:
        if self.shut:
            return
        self._size -= item.size
        if not self._waiting:
            self._idle()

    def _idle(self) -> None:
        self._some.clear()
        self._none.set()

    async def emptied(self, within: float) -> None:
        """Wait for the last words to be out, for as long as politeness asks."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._none.wait()
