"""Requests whose body is counted while it arrives, so that a large one is refused before it fills the
memory."""

from __future__ import annotations

from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.internet import reactor as _reactor

from maya_site.edge.request_limits import body_too_large_message
from maya_site.edge.response_headers import NON_PAGE_HEADERS

reactor: Any = _reactor

LINGER_SECONDS = 5.0
MAX_CONNECTIONS = 2000


class SizeLimitedRequest(WebRequest):  # type: ignore[misc]
    """Refuses a body over MAX_BODY_BYTES with a 413, at the announced length or at the first byte too many,
    and reads the rest into nothing for five seconds. Closing at once would be cheaper, but browsers would
    then show a broken connection."""

    received_bytes = 0
    is_rejected = False

    def gotLength(self, length: int | None) -> None:
        super().gotLength(0 if length is None else min(length, settings.MAX_BODY_BYTES))
        if length is not None and length > settings.MAX_BODY_BYTES:
            self.reject()

    def handleContentChunk(self, data: bytes) -> None:
        self.received_bytes += len(data)
        if not self.is_rejected and self.received_bytes > settings.MAX_BODY_BYTES:
            self.reject()
        if not self.is_rejected:
            super().handleContentChunk(data)

    def reject(self) -> None:
        self.is_rejected = True
        self.requestHeaders.removeHeader(b"expect")  # or the channel would ask for the body
        self.channel.transport.write(_rejection_response())
        reactor.callLater(LINGER_SECONDS, self.channel.transport.abortConnection)

    def process(self) -> Any:
        if self.is_rejected:
            return self.channel.transport.loseConnection()
        if self.server.is_draining:
            self.channel.persistent = False
            self.setHeader(b"connection", b"close")
        return super().process()


def _rejection_response() -> bytes:
    body = f"{body_too_large_message(settings.MAX_BODY_BYTES)}\n".encode()
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        "connection": "close",
        **NON_PAGE_HEADERS,
    }
    lines = ["HTTP/1.1 413 Content Too Large", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class ConnectionLimitedFactory(HTTPFactory):  # type: ignore[misc]
    """Closes every new connection at once while MAX_CONNECTIONS are open."""

    def buildProtocol(self, addr: Any) -> Any:
        if len(reactor.getReaders()) > MAX_CONNECTIONS:
            return None
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = SizeLimitedRequest
        return protocol
