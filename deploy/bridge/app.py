"""The bridge as an ASGI application: starts Daphne, carries all over, drains it at the end."""

from __future__ import annotations

import asyncio

from deploy.bridge.connections import ConnectionPool
from deploy.bridge.daphne import DaphneProcess
from deploy.bridge.requests import proxy_request
from deploy.bridge.streams import proxy_websocket
from maya_site.edge.asgi_types import Receive, Scope, Send


class Bridge:
    def __init__(self, daphne: DaphneProcess) -> None:
        self.daphne = daphne
        self.connections = ConnectionPool(daphne.path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
        elif scope["type"] == "http":
            await proxy_request(self.connections, scope, receive, send)
        else:
            await proxy_websocket(self.daphne.path, scope, receive, send)

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self.daphne.start)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.connections.close()
        await asyncio.to_thread(self.daphne.stop)
        await send({"type": "lifespan.shutdown.complete"})
