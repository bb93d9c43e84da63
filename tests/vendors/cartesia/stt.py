"""Cartesia's streaming transcription on loopback: its address, its events, and a dial for every fault.

It cannot understand, so a script says what it hears; when somebody speaks it tells from the loudness alone.
"""

from __future__ import annotations

import array
import asyncio
import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

KEY = "ck-test"
PATH = "/stt/turns/websocket"
BYTES_PER_MS = 32
SPEECH_LEVEL = 700  # of 32768
STARTS_AFTER, UPDATES_EVERY, EAGER_AFTER, ENDS_AFTER = 60, 200, 300, 600  # ms of sound


@dataclass
class SttFaults:
    """How it misbehaves; times count down, so that a fault heals by itself."""

    refuses: int = 0  # with this status instead of a handshake
    closes: int = 0  # so many lines right after they were taken
    mute: bool = False  # takes lines and sound, and says nothing at all
    stalls: bool = False  # greets, and then says nothing any more
    drops_in_turn: int = 0  # so many lines, without a goodbye, in the middle of a turn
    errors: int = 0  # with this status, as an event, at the first turn
    delay: float = 0.0  # before each event
    late: float = 0.0  # before each end of a turn
    resumes: bool = False  # takes an eager end back once


@dataclass
class SttConnection:
    query: dict[str, list[str]]
    commands: list[dict[str, Any]] = field(default_factory=list)
    sound: int = 0


class ScriptedCartesiaSTT:
    def __init__(self, *script: str) -> None:
        self.dials = SttFaults()
        self.lines: list[SttConnection] = []
        self.script: deque[str] = deque(script)
        self._loop = asyncio.new_event_loop()
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> ScriptedCartesiaSTT:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"

    def will_hear(self, *script: str, **dials: Any) -> None:
        """What is said next, turn by turn, and how it goes wrong."""
        self.dials, self.script = SttFaults(**dials), deque(script)
        self.lines.clear()

    async def _open(self) -> Server:
        return await serve(self._serve_connection, "127.0.0.1", 0, process_request=self._check_request)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close(close_connections=True)
        await self._server.wait_closed()

    async def _check_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.dials.refuses:
            return connection.respond(HTTPStatus(self.dials.refuses), "refused\n")
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no such key\n")
        address = urlsplit(request.path)
        if address.path != PATH or "cartesia-version" not in request.headers:
            return connection.respond(HTTPStatus.NOT_FOUND, "no such page\n")
        return None

    async def _serve_connection(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        line = SttConnection(parse_qs(urlsplit(connection.request.path).query))
        self.lines.append(line)
        if self.dials.closes:
            self.dials.closes -= 1
            return await connection.close(1011)
        hearing = SttTurnDetector(self)
        if not self.dials.mute:
            await self._send_event(connection, {"type": "connected"})
        async for message in connection:
            if isinstance(message, str):
                line.commands.append(json.loads(message))
                if line.commands[-1]["type"] == "close":
                    return
                continue
            line.sound += len(message)
            if not await self._answer(connection, hearing, message):
                return

    async def _answer(self, connection: ServerConnection, hearing: SttTurnDetector, pcm: bytes) -> bool:
        """Whether the line lives on."""
        for event in () if self.dials.mute or self.dials.stalls else hearing.feed(pcm):
            if self._drops_connection(event):
                connection.transport.abort()
                return False
            await self._send_event(connection, event)
            if event["type"] == "error":
                return False
        return True

    def _drops_connection(self, event: dict[str, Any]) -> bool:
        if event["type"] != "turn.update" or not self.dials.drops_in_turn:
            return False
        self.dials.drops_in_turn -= 1
        return True

    async def _send_event(self, connection: ServerConnection, event: dict[str, Any]) -> None:
        await asyncio.sleep(self.dials.delay + (self.dials.late if event["type"] == "turn.end" else 0))
        await connection.send(json.dumps({"request_id": "r-1", **event}))


class SttTurnDetector:
    """One line: what its sound makes it say."""

    def __init__(self, server: ScriptedCartesiaSTT) -> None:
        self.server = server
        self.words: list[str] | None = None  # of the turn under way
        self.told = 0
        self.loud = self.still = self.since = 0.0
        self.eager = False

    def feed(self, pcm: bytes) -> Iterator[dict[str, Any]]:
        """In steps of 20 ms, however it was cut."""
        step = 20 * BYTES_PER_MS
        for at in range(0, len(pcm), step):
            yield from self._step(
                max(map(abs, array.array("h", pcm[at : at + step])), default=0) > SPEECH_LEVEL
            )

    def _step(self, loud: bool) -> Iterator[dict[str, Any]]:
        self.loud, self.still = (self.loud + 20, 0.0) if loud else (0.0, self.still + 20)
        if self.words is None:
            if self.loud >= STARTS_AFTER:
                yield from self._start()
            return
        self.since += 20
        if self.told < len(self.words) and self.since >= UPDATES_EVERY and self.still < EAGER_AFTER:
            self.told, self.since = self.told + 1, 0.0
            yield {"type": "turn.update", "transcript": " ".join(self.words[: self.told])}
        yield from self._perhaps_end()

    def _start(self) -> Iterator[dict[str, Any]]:
        if status := self.server.dials.errors:
            yield {"type": "error", "status_code": status, "title": "Error", "message": "scripted"}
            return
        script = self.server.script
        self.words, self.told, self.since = (script[0] if script else "").split(), 0, 0.0
        yield {"type": "turn.start"}

    def _perhaps_end(self) -> Iterator[dict[str, Any]]:
        text = " ".join(self.words or ())
        if self.still == EAGER_AFTER and not self.eager:
            yield {"type": "turn.eager_end", "transcript": text}
            if self.server.dials.resumes:
                self.server.dials.resumes = False
                yield {"type": "turn.resume"}
                self.still = 0.0
        elif self.still >= ENDS_AFTER:
            self.words = None
            if self.server.script:  # only now: a line that broke is told the same turn again
                self.server.script.popleft()
            yield {"type": "turn.end", "transcript": text}
