"""A guest of the ASGI edge: asks one application one thing, without a server in between."""

import asyncio
from dataclasses import dataclass
from typing import Any

Headers = dict[str, str]


@dataclass
class AsgiResponse:
    status: int
    headers: Headers
    body: bytes


def http_scope(
    path: str = "/", method: str = "GET", headers: Headers | None = None, **more: Any
) -> dict[str, Any]:
    named = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": named,
        "client": ["203.0.113.7", 50_000],
        "server": ["127.0.0.1", 8000],
        **more,
    }  # fmt: skip


async def send_request(
    app: Any, path: str = "/", method: str = "GET", headers: Headers | None = None, **more: Any
) -> AsgiResponse:
    """`body` is a list of chunks; the guest stays until the answer is there."""
    chunks = more.pop("body", [b""])
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": left > 0}
        for chunk, left in zip(chunks, range(len(chunks) - 1, -1, -1), strict=True)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(http_scope(path, method, headers, **more), receive, send)
    first = sent[0]
    named = {name.decode().lower(): value.decode("latin-1") for name, value in first["headers"]}
    return AsgiResponse(first["status"], named, b"".join(part.get("body", b"") for part in sent[1:]))


async def body_size_app(scope: Any, receive: Any, send: Any) -> None:
    """Reads all there is, then says how much it was."""
    read, more = 0, True
    while more:
        message = await receive()
        read += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(read).encode()})
