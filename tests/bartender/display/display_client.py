"""A bar display at the other end of its live line, in process."""

import asyncio
import json
from typing import Any, Self

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User

from tests.bartender.realtime.page_client import ConnectionClosed, application
from tests.bartender.staff_fixtures import client_for


class DisplayPage:
    """`received` is everything that came; `fragments` the newest of each piece."""

    def __init__(self, session: str = "", visit: str = "") -> None:
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())] if session else []
        path = f"/ws/bar/?visit={visit}" if visit else "/ws/bar/"
        self.communicator = WebsocketCommunicator(application, path, headers)
        self.received: list[dict[str, Any]] = []
        self.fragments: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self.communicator.connect(timeout=15)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if not self.communicator.future.done():
            await self.communicator.disconnect(timeout=15)

    async def receive(self, timeout: float = 15) -> dict[str, Any]:
        got = await self.communicator.receive_output(timeout)
        if got["type"] == "websocket.close":
            raise ConnectionClosed(got.get("code"))
        message: dict[str, Any] = json.loads(got["text"])
        self.received.append(message)
        self.fragments |= message.get("fragments", {})
        return message

    async def wait_for_text(self, piece: str, text: str, timeout: float = 15) -> None:
        """Until this text is on that piece of the screen."""
        async with asyncio.timeout(timeout):
            while text not in self.fragments.get(piece, ""):
                await self.receive(timeout)

    async def wait_for_close(self) -> tuple[dict[str, Any], int]:
        while (said := await self.receive())["kind"] != "bye":
            pass
        try:
            await self.receive()
        except ConnectionClosed as closed:
            return said, closed.code
        raise AssertionError("something was said after the goodbye")


@sync_to_async
def session_key_of(person: User) -> str:
    key = client_for(person).session.session_key
    assert key
    return key
