"""Lets only our own pages open a live stream."""

from __future__ import annotations

from collections.abc import Collection

from maya_site.edge.asgi_types import App, Receive, Scope, Send

ORIGIN_HEADER = b"origin"


class ExactOriginValidator:
    """Scheme, host and port must all match an allowed origin. No origin, two of them, or `null` is
    refused."""

    def __init__(self, app: App, allowed: Collection[str]) -> None:
        self.app = app
        self.allowed = frozenset(origin.lower() for origin in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == ORIGIN_HEADER]
        if len(named) == 1 and named[0] in self.allowed:
            return await self.app(scope, receive, send)
        await receive()
        await send({"type": "websocket.close"})
