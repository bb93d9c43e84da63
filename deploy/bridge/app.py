"""The bridge as an ASGI application: starts Daphne, carries all over, drains it at the end."""

from __future__ import annotations

import asyncio

from deploy.bridge.daphne import Daphne
from deploy.bridge.lines import Line, open_line
from deploy.bridge.requests import carry_request
from deploy.bridge.streams import carry_stream
from maya_site.web.asgi import Receive, Scope, Send

# Waiting lines are kept for the next request: opening one costs more than a static file.
MOST_KEPT = 32


class Bridge:
    def __init__(self, daphne: Daphne) -> None:
        self.daphne = daphne
        self._kept: list[Line] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await carry_request(self, scope, receive, send)
        else:
            await carry_stream(self.daphne.path, scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self.daphne.start)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for _reader, writer in self._kept:
            writer.close()
        await asyncio.to_thread(self.daphne.stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def line(self) -> Line:
        while self._kept:
            reader, writer = self._kept.pop()
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
        return await open_line(self.daphne.path)

    def keep(self, line: Line) -> None:
        if len(self._kept) < MOST_KEPT:
            self._kept.append(line)
        else:
            line[1].close()
