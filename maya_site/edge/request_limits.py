"""Refuses requests before anything is read: bodies that are too big, too many at once, odd methods and
headers.

Each class is an ASGI application around the next one.
"""

from __future__ import annotations

from collections import Counter

from maya_site.core.client_addresses import scope_client_key
from maya_site.edge.asgi_types import App, Message, Receive, Scope, Send, get_header, send_text_response

# Every other method would give the metrics a new label, and no view answers one.
ALLOWED_METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
MAX_HEADERS = 100
CLOSE_TOO_MANY_CONNECTIONS = 4429


def body_too_large_message(max_bytes: int) -> str:
    return f"Maya takes at most {max_bytes // 1024} KiB in one request."


class HeaderNormalizer:
    """Makes header names lower case, as ASGI promises. Not every host does so."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if any(not name.islower() for name, _value in scope.get("headers", ())):
            scope["headers"] = [(name.lower(), value) for name, value in scope["headers"]]
        await self.app(scope, receive, send)


class TrustedProxyMiddleware:
    """Sets the client's address and scheme from what `hops` proxies of our own say. With 0 nobody is
    believed."""

    def __init__(self, app: App, hops: int) -> None:
        self.app = app
        self.hops = hops

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.hops:
            self._apply_forwarded_headers(scope)
        await self.app(scope, receive, send)

    def _apply_forwarded_headers(self, scope: Scope) -> None:
        named = [name.strip() for name in get_header(scope, b"x-forwarded-for").split(",") if name.strip()]
        if len(named) >= self.hops:
            scope["client"] = (_strip_port(named[-self.hops]), 0)
        if get_header(scope, b"x-forwarded-proto").split(",")[-1].strip() in {"https", "wss"}:
            scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"


def _strip_port(address: str) -> str:
    """Some proxies name the port of the connection, too: each would count as somebody else."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


class RequestValidator:
    """Refuses methods that no view answers, too many headers, and content lengths that are no numbers."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["method"] not in ALLOWED_METHODS:
            await send_text_response(send, 501, "Maya does not know this method.")
        elif len(scope["headers"]) > MAX_HEADERS:
            await send_text_response(send, 431, f"Maya reads at most {MAX_HEADERS} headers.")
        elif not _is_valid_content_length(get_header(scope, b"content-length")):
            await send_text_response(send, 400, "The content length is not a number.")
        else:
            await self.app(scope, receive, send)


def _is_valid_content_length(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit() and len(text) < 16)


class BodySizeLimit:
    """Nobody reads more than this of one request, whether its length was announced or not."""

    def __init__(self, app: App, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if int(get_header(scope, b"content-length") or 0) > self.max_bytes:
            return await self._send_too_large(send)
        body = _LimitedBody(receive, send, self.max_bytes)
        await self.app(scope, body.receive, body.send)
        if body.is_too_large and not body.response_started:
            await self._send_too_large(send)

    async def _send_too_large(self, send: Send) -> None:
        await send_text_response(
            send, 413, body_too_large_message(self.max_bytes), [(b"connection", b"close")]
        )


class _LimitedBody:
    """Counts what is read. At the byte too many the application hears that its guest left, and cleans up."""

    def __init__(self, receive: Receive, send: Send, max_bytes: int) -> None:
        self._receive, self._send, self._remaining_bytes = receive, send, max_bytes
        self.is_too_large = self.response_started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._remaining_bytes -= len(message.get("body", b""))
        if self._remaining_bytes >= 0:
            return message
        self.is_too_large = True
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.is_too_large and not self.response_started:
            return  # the refusal takes its place
        self.response_started = True
        await self._send(message)


class ConcurrencyLimit:
    """So many requests and streams at once from one address, and in all."""

    def __init__(self, app: App, scope_type: str, *, per_address: int, total: int) -> None:
        self.app = app
        self.scope_type = scope_type
        self.per_address = per_address
        self.total = total
        self.active: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != self.scope_type:
            return await self.app(scope, receive, send)
        who = scope_client_key(scope)
        if self.active[who] >= self.per_address or self.active.total() >= self.total:
            return await self._reject(receive, send)
        self.active[who] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.active[who] -= 1
            if not self.active[who]:
                del self.active[who]

    async def _reject(self, receive: Receive, send: Send) -> None:
        if self.scope_type == "websocket":
            return await accept_and_close(receive, send, CLOSE_TOO_MANY_CONNECTIONS)
        await send_text_response(
            send, 503, "The bar is full this second. Please try again.", [(b"retry-after", b"2")]
        )


async def accept_and_close(receive: Receive, send: Send, code: int) -> None:
    """Accepted first: a refused handshake would reach the page as 403, without the code."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})
