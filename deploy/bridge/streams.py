"""One live stream on its way to Daphne and back: its codes, its refusals, and the patience of both sides."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from deploy.bridge.headers import OF_ONE_CONNECTION, onward, target
from deploy.bridge.lines import open_line
from maya_site.lib.consumer import CLOSED_FOR_RESTART
from maya_site.web.asgi import Receive, Scope, Send

PIECE = 64 * 1024
NO_CODE, LOST = 1005, 1006
ANYWHERE = parse_uri("ws://localhost/")
OF_THE_HANDSHAKE = ("sec-websocket-accept", "sec-websocket-protocol", "server", "date", "x-powered-by")


class Refused(Exception):
    """Daphne did not accept the stream."""


async def carry_stream(path: Path, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # websocket.connect
    reader, writer = await open_line(path)
    stream = Stream(reader, writer, scope)
    try:
        await send(await stream.opened())
        await stream.talk(receive, send)
    except Refused:
        await send({"type": "websocket.close"})  # the host makes a 403 of it: it can carry no other answer
    finally:
        writer.close()


class Stream:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scope: Scope) -> None:
        self.reader, self.writer = reader, writer
        offered = [Subprotocol(name) for name in scope.get("subprotocols") or ()]
        self.spoken = ClientProtocol(ANYWHERE, subprotocols=offered or None, max_size=None)
        request = self.spoken.connect()
        request.path = target(scope).decode("latin-1")
        del request.headers["Host"]
        for name, value in onward(scope):
            if not name.startswith(b"sec-websocket-"):
                request.headers[name.decode("latin-1")] = value.decode("latin-1")
        self.spoken.send_request(request)

    async def opened(self) -> dict[str, Any]:
        """The accepting message. Raises Refused."""
        await self._flush()
        while not (heard := await self._heard()):
            if self.reader.at_eof():
                raise Refused
        answer, *self._early = heard
        if self.spoken.handshake_exc is not None:
            raise Refused
        return {
            "type": "websocket.accept",
            "subprotocol": self.spoken.subprotocol,
            "headers": _back(answer.headers, *OF_THE_HANDSHAKE),
        }

    async def talk(self, receive: Receive, send: Send) -> None:
        """Until either side is gone. The other then hears why, in its own words."""
        onward = asyncio.create_task(self._carry_onward(receive))
        back = asyncio.create_task(self._carry_back(send))
        try:
            await asyncio.wait([onward, back], return_when=asyncio.FIRST_COMPLETED)
            if back.done():
                await back
            else:
                await onward
        finally:
            for task in (onward, back):
                task.cancel()
            await asyncio.gather(onward, back, return_exceptions=True)

    async def _carry_onward(self, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return await self._leave(message.get("code"))
            text, data = message.get("text"), message.get("bytes")
            if text is not None:
                self.spoken.send_text(text.encode())
            elif data is not None:
                self.spoken.send_binary(data)
            await self._flush()

    async def _leave(self, code: int | None) -> None:
        """Whoever vanished without a word vanishes for the consumer too."""
        if code == LOST:
            return
        try:
            self.spoken.send_close(None if code in {None, 0, NO_CODE} else code)
        except WebSocketException:  # a code that nobody may send
            self.spoken.fail(1000)
        await self._flush()

    async def _carry_back(self, send: Send) -> None:
        events = self._early
        while True:
            for frame in events:
                if isinstance(frame, Frame) and (message := self._message(frame)):
                    await send(message)
                    if message["type"] == "websocket.close":
                        return
            if self.reader.at_eof():
                return await send({"type": "websocket.close", "code": CLOSED_FOR_RESTART})
            events = await self._heard()
            await self._flush()  # the answer to a ping

    def _message(self, frame: Frame) -> dict[str, Any] | None:
        if frame.opcode is Opcode.CLOSE:
            said = self.spoken.close_rcvd
            code = said.code if said and said.code != NO_CODE else 1000
            return {"type": "websocket.close", "code": code, "reason": said.reason if said else ""}
        if frame.opcode is Opcode.TEXT:
            return {"type": "websocket.send", "text": bytes(frame.data).decode()}
        if frame.opcode is Opcode.BINARY:
            return {"type": "websocket.send", "bytes": bytes(frame.data)}
        return None  # a ping: it is answered already

    async def _heard(self) -> list[Any]:
        piece = await self.reader.read(PIECE)
        if piece:
            self.spoken.receive_data(piece)
        else:
            self.spoken.receive_eof()
        return list(self.spoken.events_received())

    async def _flush(self) -> None:
        """Waits while Daphne, whose consumer is behind, does not read."""
        # Not writelines(): in 3.12.1 it does not count what waits, and nobody would be held back.
        self.writer.write(b"".join(self.spoken.data_to_send()))
        await self.writer.drain()


def _back(headers: Headers, *left_out: str) -> list[tuple[bytes, bytes]]:
    named = [(name.lower(), value) for name, value in headers.raw_items() if name.lower() not in left_out]
    packed = [(name.encode(), value.encode("latin-1")) for name, value in named]
    return [(name, value) for name, value in packed if name not in OF_ONE_CONNECTION]
