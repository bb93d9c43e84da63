"""Modal's host of ASGI functions: its own wrapper and serialization in this process, without its network.

Each request or stream is one call of the function; every message passes Modal's protobuf in both directions.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

from modal._runtime.asgi import asgi_app_wrapper
from modal._runtime.execution_context import _set_current_context_ids
from modal._serialization import _deserialize_asgi, _serialize_asgi

ENDS = {"http.disconnect", "websocket.disconnect"}


def serialize_roundtrip(message: dict[str, Any]) -> dict[str, Any]:
    packed = _serialize_asgi(message)
    return dict(_deserialize_asgi(type(packed).FromString(packed.SerializeToString())))


class ModalHost:
    """`async with host`, then host.call(scope, receive, send). To an ASGI server it is an application."""

    def __init__(self, application: Any) -> None:
        self._lines: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._call, self._lifespan = asgi_app_wrapper(
            application, SimpleNamespace(get_data_in=SimpleNamespace(aio=self._data_in))
        )

    async def _data_in(self, call: str, _attempt: str) -> AsyncGenerator[dict[str, Any], None]:
        receive = self._lines[call]
        while True:
            message = await receive()
            yield serialize_roundtrip({name: value for name, value in message.items() if value is not None})
            if message["type"] in ENDS:
                return

    async def __aenter__(self) -> ModalHost:
        self._living = asyncio.create_task(self._lifespan.background_task())
        await self._lifespan.lifespan_startup()
        return self

    async def __aexit__(self, *trouble: object) -> None:
        await self._lifespan.lifespan_shutdown()
        await self._living

    async def call(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        call = f"fc-{next(self._numbers)}"
        self._lines[call] = receive
        _set_current_context_ids([f"in-{call}"], [call], ["at-1"])
        try:
            async for message in self._call(serialize_roundtrip(scope)):
                await send(serialize_roundtrip(message))
        finally:
            del self._lines[call]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            return await self.call(scope, receive, send)
        await receive()
        async with self:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
