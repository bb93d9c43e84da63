"""One request on its way to Daphne and its answer on the way back, each piece as it comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import h11

from deploy.bridge.headers import back, onward, target
from maya_site.web.asgi import Receive, Scope, Send, say

if TYPE_CHECKING:
    from deploy.bridge.app import Bridge
    from deploy.bridge.lines import Line

PIECE = 64 * 1024


async def carry_request(bridge: Bridge, scope: Scope, receive: Receive, send: Send) -> None:
    line = await bridge.line()
    spoken = h11.Connection(h11.CLIENT)
    asking = asyncio.create_task(_ask(spoken, line, scope, receive))
    answering = asyncio.create_task(_answer(spoken, line, send))
    try:
        await asyncio.wait([asking, answering], return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            await answering
    finally:
        for task in (asking, answering):
            task.cancel()
        await asyncio.gather(asking, answering, return_exceptions=True)
        if spoken.our_state is h11.DONE and spoken.their_state is h11.DONE:
            bridge.keep(line)
        else:
            line[1].close()


async def _ask(spoken: h11.Connection, line: Line, scope: Scope, receive: Receive) -> None:
    """Ends when the guest hangs up, which ends the answer too."""
    headers = onward(scope)
    message = await receive()
    if message.get("more_body") and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"transfer-encoding", b"chunked"))
    request = h11.Request(method=scope["method"], target=target(scope), headers=headers)
    pieces = [spoken.send(request)]
    while message["type"] == "http.request":
        if body := message.get("body"):
            pieces.append(spoken.send(h11.Data(data=body)))
        if not message.get("more_body"):
            pieces.append(spoken.send(h11.EndOfMessage()))
        line[1].write(b"".join(piece or b"" for piece in pieces))
        pieces = []
        await line[1].drain()
        message = await receive()


async def _answer(spoken: h11.Connection, line: Line, send: Send) -> None:
    begun = False
    while not isinstance(event := await _next(spoken, line), h11.EndOfMessage):
        if isinstance(event, h11.ConnectionClosed):
            return None if begun else await say(send, 502, "The bar did not answer. Please try again.")
        begun = True
        await send(_message(event))
    await send({"type": "http.response.body", "body": b""})


async def _next(spoken: h11.Connection, line: Line) -> Any:
    while (event := spoken.next_event()) is h11.NEED_DATA:
        spoken.receive_data(await line[0].read(PIECE))
    return event


def _message(event: h11.Response | h11.Data) -> dict[str, Any]:
    if isinstance(event, h11.Response):
        return {"type": "http.response.start", "status": event.status_code, "headers": back(event.headers)}
    return {"type": "http.response.body", "body": bytes(event.data), "more_body": True}
