"""What is refused before anything is read: bodies that are too big, too many at once, odd requests.

Each guard is an ASGI application around the next one.
"""

from __future__ import annotations

from collections import Counter

from maya_site.web.asgi import App, Message, Receive, Scope, Send, header, say

# Every other method would give the metrics a new label, and no view answers one.
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
MOST_HEADERS = 100
TOO_MANY_STREAMS = 4429


def too_big(most: int) -> str:
    return f"Maya takes at most {most // 1024} KiB in one request."


class LowerCase:
    """Header names as ASGI promises them. Not every host does, and the layers within rely on it."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if any(not name.islower() for name, _value in scope.get("headers", ())):
            scope["headers"] = [(name.lower(), value) for name, value in scope["headers"]]
        await self.app(scope, receive, send)


class TrustedHop:
    """Who is asking: the peer itself, or what the given number of our own proxies say of it."""

    def __init__(self, app: App, hops: int) -> None:
        self.app = app
        self.hops = hops

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.hops:
            self._believe(scope)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        named = [name.strip() for name in header(scope, b"x-forwarded-for").split(",") if name.strip()]
        if len(named) >= self.hops:
            scope["client"] = (named[-self.hops], 0)
        if header(scope, b"x-forwarded-proto").split(",")[-1].strip() in {"https", "wss"}:
            scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"


class OddRequests:
    """Methods that nobody answers, headers without end, lengths that are no numbers."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["method"] not in METHODS:
            await say(send, 501, "Maya does not know this method.")
        elif len(scope["headers"]) > MOST_HEADERS:
            await say(send, 431, f"Maya reads at most {MOST_HEADERS} headers.")
        elif not _is_length(header(scope, b"content-length")):
            await say(send, 400, "The content length is not a number.")
        else:
            await self.app(scope, receive, send)


def _is_length(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit() and len(text) < 16)


class BodyCap:
    """Nobody reads more than this of one request, whether its length was announced or not."""

    def __init__(self, app: App, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if int(header(scope, b"content-length") or 0) > self.most:
            return await self._refuse(send)
        body = _Body(receive, send, self.most)
        await self.app(scope, body.receive, body.send)
        if body.too_big and not body.answered:
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        await say(send, 413, too_big(self.most), [(b"connection", b"close")])


class _Body:
    """Counts what is read. At the byte too many the application hears that its guest left, and cleans up."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._left = receive, send, most
        self.too_big = self.answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left >= 0:
            return message
        self.too_big = True
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.too_big and not self.answered:
            return  # the refusal takes its place
        self.answered = True
        await self._send(message)


class Crowd:
    """So many requests and streams at once from one address, and in all."""

    def __init__(self, app: App, kind: str, *, each: int, together: int) -> None:
        self.app = app
        self.kind = kind
        self.each = each
        self.together = together
        self.inside: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != self.kind:
            return await self.app(scope, receive, send)
        who = address(scope)
        if self.inside[who] >= self.each or self.inside.total() >= self.together:
            return await self._turn_away(receive, send)
        self.inside[who] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.inside[who] -= 1
            if not self.inside[who]:
                del self.inside[who]

    async def _turn_away(self, receive: Receive, send: Send) -> None:
        if self.kind == "websocket":
            return await close(receive, send, TOO_MANY_STREAMS)
        await say(send, 503, "The bar is full this second. Please try again.", [(b"retry-after", b"2")])


def address(scope: Scope) -> str:
    """Whom limits count. "" where the server does not know, as on a unix socket."""
    client = scope.get("client")
    return str(client[0]) if client else ""


async def close(receive: Receive, send: Send, code: int) -> None:
    """Accepted first: a refused handshake would reach the page as 403, without the code."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})
