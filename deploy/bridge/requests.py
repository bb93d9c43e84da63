"""One request on its way to Daphne and its answer on the way back, each piece as it comes."""

from __future__ import annotations

import asyncio
from typing import Any

import h11

from deploy.bridge.connections import ConnectionPool, DaphneConnection
from deploy.bridge.headers import forward_headers, request_target, return_headers
from maya_site.edge.asgi_types import Receive, Scope, Send, send_text_response

READ_BYTES = 64 * 1024


async def proxy_request(connections: ConnectionPool, scope: Scope, receive: Receive, send: Send) -> None:
    line = await connections.get()
    spoken = h11.Connection(h11.CLIENT)
    asking = asyncio.create_task(_send_request(spoken, line, scope, receive))
    answering = asyncio.create_task(_relay_response(spoken, line, send))
    try:
        await asyncio.wait([asking, answering], return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            await answering
    finally:
        for task in (asking, answering):
            task.cancel()
        await asyncio.gather(asking, answering, return_exceptions=True)
        if spoken.our_state is h11.DONE and spoken.their_state is h11.DONE:
            connections.release(line)
        else:
            line[1].close()


async def _send_request(
    http: h11.Connection, connection: DaphneConnection, scope: Scope, receive: Receive
) -> None:
    """Ends when the guest hangs up, which ends the answer too."""
    headers = forward_headers(scope)
    message = await receive()
    if message.get("more_body") and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"transfer-encoding", b"chunked"))
    request = h11.Request(method=scope["method"], target=request_target(scope), headers=headers)
    pieces = [http.send(request)]
    while message["type"] == "http.request":
        if body := message.get("body"):
            pieces.append(http.send(h11.Data(data=body)))
        if not message.get("more_body"):
            pieces.append(http.send(h11.EndOfMessage()))
        connection[1].write(b"".join(piece or b"" for piece in pieces))
        pieces = []
        await connection[1].drain()
        message = await receive()


async def _relay_response(http: h11.Connection, connection: DaphneConnection, send: Send) -> None:
    begun = False
    while not isinstance(event := await _next_event(http, connection), h11.EndOfMessage):
        if isinstance(event, h11.ConnectionClosed):
            return (
                None
                if begun
                else await send_text_response(send, 502, "The bar did not answer. Please try again.")
            )
        begun = True
        await send(_asgi_message(event))
    await send({"type": "http.response.body", "body": b""})


async def _next_event(http: h11.Connection, connection: DaphneConnection) -> Any:
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await connection[0].read(READ_BYTES))
    return event


def _asgi_message(event: h11.Response | h11.Data) -> dict[str, Any]:
    if isinstance(event, h11.Response):
        return {
            "type": "http.response.start",
            "status": event.status_code,
            "headers": return_headers(event.headers),
        }
    return {"type": "http.response.body", "body": bytes(event.data), "more_body": True}
