"""What Daphne lacks: telling the application that the server starts and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any


class Lifespan:
    def __init__(self, application: Any) -> None:
        self.application = application
        self._told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._answered: asyncio.Queue[str] = asyncio.Queue()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        self._running = asyncio.ensure_future(self.application(scope, self._told.get, self._hear))
        await self._tell("lifespan.startup")

    async def stop(self) -> None:
        await self._tell("lifespan.shutdown")

    async def _hear(self, message: Mapping[str, Any]) -> None:
        await self._answered.put(str(message["type"]))

    async def _tell(self, what: str) -> None:
        await self._told.put({"type": what})
        answer = await self._answered.get()
        if not answer.endswith(".complete"):
            raise RuntimeError(f"the application answered {answer}")
