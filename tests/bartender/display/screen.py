"""A bar display at the other end of its live line, in process."""

import asyncio
import json
from typing import Any, Self

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User

from tests.bartender.staff_cast import as_
from tests.bartender.stream.page import Closed, application


class Screen:
    """`seen` is everything that came; `shown` the newest of each piece."""

    def __init__(self, session: str = "", visit: str = "") -> None:
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())] if session else []
        path = f"/ws/bar/?visit={visit}" if visit else "/ws/bar/"
        self.line = WebsocketCommunicator(application, path, headers)
        self.seen: list[dict[str, Any]] = []
        self.shown: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self.line.connect(timeout=15)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if not self.line.future.done():
            await self.line.disconnect(timeout=15)

    async def hear(self, timeout: float = 15) -> dict[str, Any]:
        got = await self.line.receive_output(timeout)
        if got["type"] == "websocket.close":
            raise Closed(got.get("code"))
        message: dict[str, Any] = json.loads(got["text"])
        self.seen.append(message)
        self.shown |= message.get("pieces", {})
        return message

    async def until(self, piece: str, text: str, timeout: float = 15) -> None:
        """Until this text is on that piece of the screen."""
        async with asyncio.timeout(timeout):
            while text not in self.shown.get(piece, ""):
                await self.hear(timeout)

    async def goodbye(self) -> tuple[dict[str, Any], int]:
        while (said := await self.hear())["kind"] != "bye":
            pass
        try:
            await self.hear()
        except Closed as closed:
            return said, closed.code
        raise AssertionError("something was said after the goodbye")


@sync_to_async
def session_of(person: User) -> str:
    key = as_(person).session.session_key
    assert key
    return key
