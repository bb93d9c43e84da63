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
    while True:
        event: Any = spoken.next_event()
        if event is h11.NEED_DATA:
            spoken.receive_data(await line[0].read(PIECE))
        elif isinstance(event, h11.Response):
            begun = True
            headers = back(event.headers)
            await send({"type": "http.response.start", "status": event.status_code, "headers": headers})
        elif isinstance(event, h11.Data):
            await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
        elif isinstance(event, h11.EndOfMessage):
            return await send({"type": "http.response.body", "body": b""})
        elif isinstance(event, h11.ConnectionClosed) and not begun:
            return await say(send, 502, "The bar did not answer. Please try again.")
