"""A guest's page at the other end of the live stream, in process."""

import asyncio
import itertools
import json
from typing import Any, Self

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from channels.testing import WebsocketCommunicator

from bartender.models.visits import Visit
from bartender.realtime.protocol import RTVI_LABEL, SUBPROTOCOL
from bartender.realtime.rtvi import frames_pb2
from bartender.routing import websocket_urlpatterns
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from maya_site.edge.request_id import RequestIdMiddleware

application = RequestIdMiddleware(CookieMiddleware(URLRouter(websocket_urlpatterns)))
_numbers = itertools.count(1)


class PageClient:
    """What the page would do; `received` is everything that came."""

    def __init__(
        self, visit: Visit | None, *, cookie: str = "", subprotocols: Any = (SUBPROTOCOL,), address: str = ""
    ):
        value = cookie or (sign_visit_code(visit.code) if visit else "")
        headers = [(b"cookie", f"{visit_cookie_name()}={value}".encode())] if value else []
        self.line = WebsocketCommunicator(application, "/ws/voice/", headers, list(subprotocols))
        self.line.scope["client"] = [address or "203.0.113.1", 5555]
        self.received: list[dict[str, Any]] = []
        self.sounds: list[bytes] = []  # since the last time somebody looked

    async def __aenter__(self) -> Self:
        await self.line.connect(timeout=5)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if not self.line.future.done():
            await self.line.disconnect(timeout=5)

    async def send_raw(self, text: str | None = None, data: bytes | None = None) -> None:
        await self.line.send_to(text_data=text, bytes_data=data)

    async def send(self, type: str, data: Any = None, id: str = "") -> str:
        id = id or f"page-{next(_numbers)}"
        await self.send_raw(json.dumps({"label": RTVI_LABEL, "type": type, "id": id, "data": data or {}}))
        return id

    async def send_client_message(self, t: str, id: str = "", **d: Any) -> dict[str, Any]:
        """A button, and what it answered."""
        id = await self.send("client-message", {"t": t, "d": d}, id)
        return await self.wait_for(
            lambda frame: frame["id"] == id and frame["type"] in ("server-response", "error-response")
        )

    async def send_client_ready(self) -> dict[str, dict[str, Any]]:
        """Say hello, and collect what the page is told first, by kind."""
        await self.send("client-ready", {"version": "2.1.0", "about": {"library": "test"}})
        await self.wait_for(lambda frame: message_kind(frame) == "tab")
        return {message_kind(frame) or frame["type"]: frame["data"] for frame in self.received}

    async def send_text(self, text: str, id: str = "") -> list[dict[str, Any]]:
        """Say something and wait for the end of the answer: all frames of that turn."""
        id = await self.send("send-text", {"content": text}, id)
        await self.wait_for(lambda frame: frame["type"] == "bot-llm-stopped" and frame["id"] == id)
        return [frame for frame in self.received if frame["id"] == id]

    async def receive(self, timeout: float = 5) -> dict[str, Any]:
        got = await self.line.receive_output(timeout)
        if got["type"] == "websocket.close":
            raise ConnectionClosed(got.get("code"))
        if self.is_audio(got):
            return await self.receive(timeout)
        frame = self.decode(got)
        assert frame["label"] == RTVI_LABEL
        self.received.append(frame)
        return frame

    def is_audio(self, got: dict[str, Any]) -> bool:
        if sound := got.get("bytes"):
            self.sounds.append(sound)
        return bool(sound)

    def decode(self, got: dict[str, Any]) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(got["text"])
        return frame

    async def wait_for(self, wanted: Any, timeout: float = 5) -> dict[str, Any]:
        """The next frame that fits; a word of a frame's type or kind will do."""
        fits = wanted if callable(wanted) else lambda frame: wanted in (frame["type"], message_kind(frame))
        async with asyncio.timeout(timeout):
            while True:
                frame = await self.receive(timeout)
                if fits(frame):
                    return frame

    async def wait_for_close(self) -> tuple[dict[str, Any], int]:
        """The server ends it: what it says, and the code."""
        said = await self.wait_for("bye")
        try:
            await self.receive()
        except ConnectionClosed as closed:
            return said["data"], closed.code
        raise AssertionError("something was said after the goodbye")

    def all_matching(self, wanted: str) -> list[dict[str, Any]]:
        return [frame["data"] for frame in self.received if wanted in (frame["type"], message_kind(frame))]


class ProtobufPageClient(PageClient):
    """A client without a subprotocol: each message is a protobuf frame in a binary one."""

    def __init__(self, visit: Visit | None, **how: Any) -> None:
        super().__init__(visit, subprotocols=(), **how)

    async def send(self, type: str, data: Any = None, id: str = "") -> str:
        id = id or f"page-{next(_numbers)}"
        message = json.dumps({"label": RTVI_LABEL, "type": type, "id": id, "data": data or {}})
        await self.put(message=frames_pb2.MessageFrame(data=message))
        return id

    def is_audio(self, got: dict[str, Any]) -> bool:
        frame = frames_pb2.Frame.FromString(got["bytes"])
        if frame.WhichOneof("frame") == "audio":
            self.sounds.append(frame.audio.audio)
            return True
        return False

    async def put(self, **frame: Any) -> None:
        await self.send_raw(data=frames_pb2.Frame(**frame).SerializeToString())

    def decode(self, got: dict[str, Any]) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(frames_pb2.Frame.FromString(got["bytes"]).message.data)
        return frame


class ConnectionClosed(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def message_kind(frame: dict[str, Any]) -> str:
    """The bar's own messages by their kind, others by nothing."""
    found: str = frame["data"].get("kind", "") if frame["type"] == "server-message" else ""
    return found


def reply_text(frames: list[dict[str, Any]]) -> str:
    return "".join(frame["data"]["text"] for frame in frames if frame["type"] == "bot-llm-text")
