"""A guest's page over a real socket to a real server: for tests, drills and measurements."""

import asyncio
import itertools
import json
import os
import uuid
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
from maya_site.lib.cookies import signed

LABEL = "rtvi-ai"
SUBPROTOCOL = "rtvi.json"
COOKIE = "maya_visit"
_numbers = itertools.count(1)

Fits = Callable[[dict[str, Any]], bool]


def cookies(count: int) -> list[str]:
    """Signed by the bar's own key, each for a guest of its own."""
    return [signed(uuid.uuid4().hex) for _ in range(count)]


def visit_of(cookie: str) -> str:
    return cookie.split(":")[0]


class Guest:
    """One page of one guest. Use `async with`; `seen` is everything that came."""

    def __init__(self, address: str, cookie: str, origin: str = "", local: str = "127.0.0.1") -> None:
        self.url = address.replace("http", "ws", 1) + "/ws/voice/"
        self.cookie = cookie
        self.origin = origin or address
        self.local = local
        self.seen: list[dict[str, Any]] = []
        self.socket: ClientConnection

    async def __aenter__(self) -> Self:
        self.socket = await connect(
            self.url,
            origin=self.origin,  # type: ignore[arg-type]
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
            additional_headers={"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {},
            local_addr=(self.local, 0),
            compression=None,
            open_timeout=15,
            close_timeout=2,
            ping_interval=None,
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.socket.close()

    async def send(self, type: str, data: Any = None, id: str = "") -> str:
        id = id or f"live-{next(_numbers)}"
        await self.socket.send(json.dumps({"label": LABEL, "type": type, "id": id, "data": data or {}}))
        return id

    async def hear(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.recv())
        self.seen.append(frame)
        return frame

    async def until(self, wanted: str | Fits, timeout: float = 15) -> dict[str, Any]:
        fits: Fits = (
            (lambda frame: wanted in (frame["type"], kind(frame))) if isinstance(wanted, str) else wanted
        )
        async with asyncio.timeout(timeout):
            while True:
                if fits(frame := await self.hear()):
                    return frame

    async def ready(self) -> dict[str, dict[str, Any]]:
        await self.send("client-ready", {"version": "2.1.0", "about": {"library": "tests"}})
        seen = len(self.seen)
        await self.until("tab")
        return {kind(frame) or frame["type"]: frame["data"] for frame in self.seen[seen:]}

    async def say(self, text: str, id: str = "") -> str:
        """Say it, wait for the end of the answer, and give back what was answered."""
        id = await self.send("send-text", {"content": text}, id)
        await self.until(
            lambda frame: frame["id"] == id and frame["type"] in ("bot-llm-stopped", "error-response")
        )
        mine = (frame for frame in self.seen if frame["id"] == id and frame["type"] == "bot-llm-text")
        return "".join(frame["data"]["text"] for frame in mine)

    async def press(self, t: str, id: str = "", **d: Any) -> dict[str, Any]:
        id = await self.send("client-message", {"t": t, "d": d}, id)
        answers = ("server-response", "error-response")
        return await self.until(lambda frame: frame["id"] == id and frame["type"] in answers)

    def tab(self) -> dict[str, Any]:
        """As it was shown last."""
        return next(frame["data"] for frame in reversed(self.seen) if kind(frame) == "tab")


def kind(frame: dict[str, Any]) -> str:
    found: str = frame["data"].get("kind", "") if frame["type"] == "server-message" else ""
    return found
