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
from maya_site.core.cookies import sign_visit_code

LABEL = "rtvi-ai"
SUBPROTOCOL = "rtvi.json"
COOKIE = "maya_visit"
_numbers = itertools.count(1)

FramePredicate = Callable[[dict[str, Any]], bool]


def make_visit_cookies(count: int) -> list[str]:
    """Signed by the bar's own key, each for a guest of its own."""
    return [sign_visit_code(uuid.uuid4().hex) for _ in range(count)]


def visit_code_of(cookie: str) -> str:
    return cookie.split(":")[0]


class GuestConnection:
    """One page of one guest. Use `async with`; `seen` is everything that came."""

    def __init__(self, address: str, cookie: str, origin: str = "", local: str = "127.0.0.1") -> None:
        self.url = address.replace("http", "ws", 1) + "/ws/voice/"
        self.cookie = cookie
        self.origin = origin or address
        self.local = local
        self.received: list[dict[str, Any]] = []
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

    async def receive(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.recv())
        self.received.append(frame)
        return frame

    async def wait_for(self, wanted: str | FramePredicate, timeout: float = 15) -> dict[str, Any]:
        fits: FramePredicate = (
            (lambda frame: wanted in (frame["type"], message_kind(frame)))
            if isinstance(wanted, str)
            else wanted
        )
        async with asyncio.timeout(timeout):
            while True:
                if fits(frame := await self.receive()):
                    return frame

    async def send_client_ready(self) -> dict[str, dict[str, Any]]:
        about = {"version": "2.1.0", "about": {"library": "tests"}, "fragments": True}
        await self.send("client-ready", about)
        seen = len(self.received)
        await self.wait_for("tab")
        return {message_kind(frame) or frame["type"]: frame["data"] for frame in self.received[seen:]}

    async def send_text(self, text: str, id: str = "") -> str:
        """Say it, wait for the end of the answer, and give back what was answered."""
        id = await self.send("send-text", {"content": text}, id)
        await self.wait_for(
            lambda frame: frame["id"] == id and frame["type"] in ("bot-llm-stopped", "error-response")
        )
        mine = (frame for frame in self.received if frame["id"] == id and frame["type"] == "bot-llm-text")
        return "".join(frame["data"]["text"] for frame in mine)

    async def send_client_message(self, t: str, id: str = "", **d: Any) -> dict[str, Any]:
        id = await self.send("client-message", {"t": t, "d": d}, id)
        answers = ("server-response", "error-response")
        return await self.wait_for(lambda frame: frame["id"] == id and frame["type"] in answers)

    def last_tab(self) -> dict[str, Any]:
        """As it was shown last."""
        return next(frame["data"] for frame in reversed(self.received) if message_kind(frame) == "tab")


def message_kind(frame: dict[str, Any]) -> str:
    found: str = frame["data"].get("kind", "") if frame["type"] == "server-message" else ""
    return found
