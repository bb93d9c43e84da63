"""Requests whose body is counted while it comes in, not when it is all in memory."""

from __future__ import annotations

from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.internet import reactor as _reactor

from maya_site.web.guards import too_big
from maya_site.web.headers import NO_PAGE

reactor: Any = _reactor

LINGER = 5.0
MOST_CONNECTIONS = 2000


class CountedRequest(WebRequest):  # type: ignore[misc]
    """Refuses at the announced length, or at the byte too many, and reads the rest into nothing.

    Hanging up at once would be cheaper, but the guest's browser would then show a broken connection
    instead of the sentence.
    """

    arrived = 0
    refused = False

    def gotLength(self, length: int | None) -> None:
        super().gotLength(0 if length is None else min(length, settings.MOST_BODY_BYTES))
        if length is not None and length > settings.MOST_BODY_BYTES:
            self.refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self.arrived += len(data)
        if not self.refused and self.arrived > settings.MOST_BODY_BYTES:
            self.refuse()
        if not self.refused:
            super().handleContentChunk(data)

    def refuse(self) -> None:
        self.refused = True
        self.requestHeaders.removeHeader(b"expect")  # or the channel would ask for the body
        self.channel.transport.write(_refusal())
        reactor.callLater(LINGER, self.channel.transport.abortConnection)

    def process(self) -> Any:
        if self.refused:
            return self.channel.transport.loseConnection()
        if self.server.draining:
            self.channel.persistent = False
            self.setHeader(b"connection", b"close")
        return super().process()


def _refusal() -> bytes:
    body = f"{too_big(settings.MOST_BODY_BYTES)}\n".encode()
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        "connection": "close",
        **NO_PAGE,
    }
    lines = ["HTTP/1.1 413 Content Too Large", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class CountedConnections(HTTPFactory):  # type: ignore[misc]
    """Beyond so many open connections the next one is closed at once."""

    def buildProtocol(self, addr: Any) -> Any:
        if len(reactor.getReaders()) > MOST_CONNECTIONS:
            return None
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = CountedRequest
        return protocol
