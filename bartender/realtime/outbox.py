"""The send queue of one stream. Queueing never blocks; a client that does not read is disconnected."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

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
        kept = deque(item for item in self._queue if not item.is_audio)
        self._queued_bytes -= sum(item.size_bytes for item in self._queue if item.is_audio)
        self._queue = kept

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
