"""ASGI's lifespan protocol for Daphne, which has none: tells the application that the server starts and
stops."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any


class LifespanClient:
    def __init__(self, application: Any) -> None:
        self.application = application
        self._to_application: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._from_application: asyncio.Queue[str] = asyncio.Queue()
        self._application_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        self._application_task = asyncio.ensure_future(
            self.application(scope, self._to_application.get, self._receive_reply)
        )
        await self._send_event("lifespan.startup")

    async def stop(self) -> None:
        await self._send_event("lifespan.shutdown")

    async def _receive_reply(self, message: Mapping[str, Any]) -> None:
        await self._from_application.put(str(message["type"]))

    async def _send_event(self, event_type: str) -> None:
        await self._to_application.put({"type": event_type})
        answer = await self._from_application.get()
        if not answer.endswith(".complete"):
            raise RuntimeError(f"the application answered {answer}")
