"""Types and small helpers that the layers of the edge share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]


def get_header(scope: Scope, name: bytes) -> str:
    """The first header of that name, or "". Names are lower case: see HeaderNormalizer in request_limits."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def send_response(send: Send, status: int, body: bytes, headers: Iterable[Header] = ()) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def send_text_response(send: Send, status: int, text: str, headers: Iterable[Header] = ()) -> None:
    """Sends a whole response of plain text."""
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send_response(send, status, f"{text}\n".encode(), [kind, *headers])
