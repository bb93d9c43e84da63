"""WebSockets with backpressure: neither a flood of messages nor a slow reader fills the memory."""

from __future__ import annotations

import asyncio
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

PAUSE_READING_AT = 32
RESUME_READING_AT = 8


@implementer(IPushProducer)
class WriteBackpressure:
    """The transport calls this when its write buffer is full, and when there is room again."""

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()

    def pauseProducing(self) -> None:
        self.writable.clear()

    def resumeProducing(self) -> None:
        self.writable.set()

    def stopProducing(self) -> None:
        self.writable.set()


class BackpressureWebSocket(WebSocketProtocol):  # type: ignore[misc]
    """Stops reading while 32 messages wait for the consumer, and makes the consumer wait while the client
    does not read."""

    write_backpressure: WriteBackpressure | None = None
    is_reading_paused = False

    def onOpen(self) -> None:
        super().onOpen()
        self.write_backpressure = WriteBackpressure()
        if getattr(self.transport, "producer", None) is not None:
            self.transport.unregisterProducer()  # that of the HTTP request before the upgrade
        self.transport.registerProducer(self.write_backpressure, True)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        super().onMessage(payload, isBinary)
        if not self.is_reading_paused and self.application_queue.qsize() >= PAUSE_READING_AT:
            self.is_reading_paused = True
            self.transport.pauseProducing()

    def onClose(self, *how: Any) -> None:
        if self.write_backpressure:
            self.write_backpressure.stopProducing()
        super().onClose(*how)

    def message_consumed(self) -> None:
        """Called when the consumer took a message. Resumes reading when eight wait."""
        if self.is_reading_paused and self.application_queue.qsize() <= RESUME_READING_AT:
            self.is_reading_paused = False
            self.transport.resumeProducing()

    async def wait_until_writable(self) -> None:
        if self.write_backpressure:
            await self.write_backpressure.writable.wait()
