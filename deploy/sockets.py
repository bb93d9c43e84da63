"""Live streams that hold back: neither a flood nor a slow reader fills the memory."""

from __future__ import annotations

import asyncio
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

MOST_WAITING = 32
FEW_WAITING = 8


@implementer(IPushProducer)
class Writes:
    """The transport says when its buffer is over, and when there is room again."""

    def __init__(self) -> None:
        self.room = asyncio.Event()
        self.room.set()

    def pauseProducing(self) -> None:
        self.room.clear()

    def resumeProducing(self) -> None:
        self.room.set()

    def stopProducing(self) -> None:
        self.room.set()


class PatientSocket(WebSocketProtocol):  # type: ignore[misc]
    """Reads no further while its consumer is behind; makes its consumer wait while the guest is."""

    writes: Writes | None = None
    held = False

    def onOpen(self) -> None:
        super().onOpen()
        self.writes = Writes()
        if getattr(self.transport, "producer", None) is not None:
            self.transport.unregisterProducer()  # that of the HTTP request before the upgrade
        self.transport.registerProducer(self.writes, True)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        super().onMessage(payload, isBinary)
        if not self.held and self.application_queue.qsize() >= MOST_WAITING:
            self.held = True
            self.transport.pauseProducing()

    def onClose(self, *how: Any) -> None:
        if self.writes:
            self.writes.stopProducing()
        super().onClose(*how)

    def taken(self) -> None:
        """The consumer took a message."""
        if self.held and self.application_queue.qsize() <= FEW_WAITING:
            self.held = False
            self.transport.resumeProducing()

    async def room(self) -> None:
        if self.writes:
            await self.writes.room.wait()
