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

from deploy.bridge.connections import open_daphne_connection
from deploy.bridge.headers import HOP_BY_HOP_HEADERS, forward_headers, request_target
from maya_site.core.websocket_consumer import CLOSE_SERVER_RESTART
from maya_site.edge.asgi_types import Receive, Scope, Send

READ_BYTES = 64 * 1024
CLOSE_NO_STATUS, CLOSE_ABNORMAL = 1005, 1006
PLACEHOLDER_URI = parse_uri("ws://localhost/")
HANDSHAKE_HEADERS = ("sec-websocket-accept", "sec-websocket-protocol", "server", "date", "x-powered-by")


class HandshakeRejected(Exception):
    """Daphne did not accept the stream."""


async def proxy_websocket(path: Path, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # websocket.connect
    reader, writer = await open_daphne_connection(path)
    stream = WebSocketProxy(reader, writer, scope)
    try:
        await send(await stream.accept_message())
        await stream.relay(receive, send)
    except HandshakeRejected:
        await send({"type": "websocket.close"})  # the host makes a 403 of it: it can carry no other answer
    finally:
        writer.close()


class WebSocketProxy:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scope: Scope) -> None:
        self.reader, self.writer = reader, writer
        offered = [Subprotocol(name) for name in scope.get("subprotocols") or ()]
        self.protocol = ClientProtocol(PLACEHOLDER_URI, subprotocols=offered or None, max_size=None)
        request = self.protocol.connect()
        request.path = request_target(scope).decode("latin-1")
        del request.headers["Host"]
        for name, value in forward_headers(scope):
            if not name.startswith(b"sec-websocket-"):
                request.headers[name.decode("latin-1")] = value.decode("latin-1")
        self.protocol.send_request(request)

    async def accept_message(self) -> dict[str, Any]:
        """The accepting message. Raises HandshakeRejected."""
        await self._flush()
        while not (message := await self._read_events()):
            if self.reader.at_eof():
                raise HandshakeRejected
        answer, *self._early_events = message
        if self.protocol.handshake_exc is not None:
            raise HandshakeRejected
        return {
            "type": "websocket.accept",
            "subprotocol": self.protocol.subprotocol,
            "headers": _return_headers(answer.headers, *HANDSHAKE_HEADERS),
        }

    async def relay(self, receive: Receive, send: Send) -> None:
        """Until either side is gone. The other then hears why, in its own words."""
        onward = asyncio.create_task(self._relay_to_daphne(receive))
        back = asyncio.create_task(self._relay_to_client(send))
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

    async def _relay_to_daphne(self, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return await self._send_close(message.get("code"))
            text, data = message.get("text"), message.get("bytes")
            if text is not None:
                self.protocol.send_text(text.encode())
            elif data is not None:
                self.protocol.send_binary(data)
            await self._flush()

    async def _send_close(self, code: int | None) -> None:
        """Whoever vanished without a word vanishes for the consumer too."""
        if code == CLOSE_ABNORMAL:
            return
        try:
            self.protocol.send_close(None if code in {None, 0, CLOSE_NO_STATUS} else code)
        except WebSocketException:  # a code that nobody may send
            self.protocol.fail(1000)
        await self._flush()

    async def _relay_to_client(self, send: Send) -> None:
        events = self._early_events
        while True:
            for frame in events:
                if isinstance(frame, Frame) and (message := self._asgi_message(frame)):
                    await send(message)
                    if message["type"] == "websocket.close":
                        return
            if self.reader.at_eof():
                return await send({"type": "websocket.close", "code": CLOSE_SERVER_RESTART})
            events = await self._read_events()
            await self._flush()  # the answer to a ping

    def _asgi_message(self, frame: Frame) -> dict[str, Any] | None:
        if frame.opcode is Opcode.CLOSE:
            said = self.protocol.close_rcvd
            code = said.code if said and said.code != CLOSE_NO_STATUS else 1000
            return {"type": "websocket.close", "code": code, "reason": said.reason if said else ""}
        if frame.opcode is Opcode.TEXT:
            return {"type": "websocket.send", "text": bytes(frame.data).decode()}
        if frame.opcode is Opcode.BINARY:
            return {"type": "websocket.send", "bytes": bytes(frame.data)}
        return None  # a ping: it is answered already

    async def _read_events(self) -> list[Any]:
        piece = await self.reader.read(READ_BYTES)
        if piece:
            self.protocol.receive_data(piece)
        else:
            self.protocol.receive_eof()
        return list(self.protocol.events_received())

    async def _flush(self) -> None:
        """Waits while Daphne, whose consumer is behind, does not read."""
        # Not writelines(): in 3.12.1 it does not count what waits, and nobody would be held back.
        self.writer.write(b"".join(self.protocol.data_to_send()))
        await self.writer.drain()


def _return_headers(headers: Headers, *left_out: str) -> list[tuple[bytes, bytes]]:
    named = [(name.lower(), value) for name, value in headers.raw_items() if name.lower() not in left_out]
    packed = [(name.encode(), value.encode("latin-1")) for name, value in named]
    return [(name, value) for name, value in packed if name not in HOP_BY_HOP_HEADERS]
