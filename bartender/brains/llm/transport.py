"""Connections to a language model: a pool for each event loop, closed with the loop, and a deadline for
connecting."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncGenerator

import httpx2

CONNECTION_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=30)

TransportContext = AsyncGenerator[httpx2.AsyncHTTPTransport, None]


class PerLoopTransport(httpx2.AsyncBaseTransport):
    """Forms and the terminal run each turn on a short event loop of its own, and connections cannot change
    loops. A pool is held by an async generator, which its loop closes when it ends."""

    def __init__(self, ssl_context: ssl.SSLContext, connect_seconds: float) -> None:
        self._ssl_context = ssl_context
        self._connect_seconds = connect_seconds
        self._pools: dict[asyncio.AbstractEventLoop, tuple[TransportContext, httpx2.AsyncHTTPTransport]] = {}
        self._lock = threading.Lock()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        deadlines = dict.fromkeys(("read", "write", "pool")) | {"connect": self._connect_seconds}
        request.extensions = {**request.extensions, "timeout": deadlines}
        return await (await self._transport_for_running_loop()).handle_async_request(request)

    async def _transport_for_running_loop(self) -> httpx2.AsyncHTTPTransport:
        loop = asyncio.get_running_loop()
        found = self._pools.get(loop)
        if found is None:
            pool = self._open_transport(loop)
            found = (pool, await anext(pool))
            with self._lock:
                found = self._pools.setdefault(loop, found)
        return found[1]

    async def _open_transport(self, loop: asyncio.AbstractEventLoop) -> TransportContext:
        try:
            async with httpx2.AsyncHTTPTransport(
                verify=self._ssl_context, limits=CONNECTION_LIMITS
            ) as transport:
                yield transport
        finally:
            self._pools.pop(loop, None)
