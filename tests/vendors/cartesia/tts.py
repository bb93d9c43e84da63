"""The WebSocket of /tts/websocket as the API has it: contexts, chunks, word times, cancel, errors."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.vendors.cartesia.sound import WORD_MS, audio_for_word

KEY = "scripted-key"
REQUIRED_FIELDS = {"context_id", "model_id", "transcript", "voice", "output_format", "continue"}
FORMAT = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000}
NEVER = 1_000_000
NOW = "2026-11-25T00:00:00Z"


@dataclass(frozen=True)
class TtsFaults:
    """Of one context, counted in its chunks; `refuse` and `hang_up` are of a connection."""

    delay: float = 0.0  # before the first chunk
    speed: float = 0.0  # times real time; 0: as fast as it goes
    chunk_words: int = 1
    stall_at: int = NEVER
    drop_at: int = NEVER
    odd_at: int = NEVER
    garbage_at: int = NEVER
    stranger_at: int = NEVER  # from this chunk on in the name of a context that nobody asked for
    error_at: int = NEVER
    error: int = 500
    nameless: bool = False  # its error does not say whose it is
    times: bool = True
    refuse: int = 0
    hang_up: bool = False


@dataclass
class RecordedContext:
    """What one context was asked to say."""

    id: str
    dials: TtsFaults
    texts: list[str] = field(default_factory=list)
    language: str = ""
    words: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    cancelled: bool = False
    chunks: int = 0
    ms: float = 0.0


class ScriptedCartesia:
    """`dials` are for everybody; `next` sets those of the next context or connection alone."""

    def __init__(self, port: int = 0, key: str = KEY) -> None:
        self.key = key
        self.dials = TtsFaults()
        self.contexts: list[RecordedContext] = []
        self.connections = 0
        self.closed = 0
        self._next: deque[TtsFaults] = deque()
        self._next_door: deque[TtsFaults] = deque()
        self._door = socket.create_server(("127.0.0.1", port), backlog=512)
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._open = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="scripted-cartesia", daemon=True)

    def next(self, **dials: Any) -> None:
        """May be called ahead for several, one after the other."""
        door = "refuse" in dials or "hang_up" in dials
        (self._next_door if door else self._next).append(replace(self.dials, **dials))

    @property
    def said(self) -> list[str]:
        """All texts it was given, over all contexts."""
        return [text for asked in self.contexts for text in asked.texts]

    def __enter__(self) -> ScriptedCartesia:
        self._thread.start()
        self._open.wait(10)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        door: Any = self._refuse
        how: dict[str, Any] = {"compression": None, "max_size": 1 << 20, "ping_interval": None}
        async with serve(self._talk, sock=self._door, process_request=door, close_timeout=0.2, **how):
            self._open.set()
            await self._over.wait()

    def _refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        self.connections += 1
        dials = self._next_door.popleft() if self._next_door else self.dials
        status = dials.refuse
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            status = 401
        if request.path.startswith("/voices/") and not status:
            return self._voice(connection, request)
        if not status and not request.path.startswith("/tts/websocket"):
            status = 404
        connection.hangs_up = dials.hang_up  # type: ignore[attr-defined]
        return connection.respond(HTTPStatus(status), "no") if status else None

    def _voice(self, connection: ServerConnection, request: Request) -> Response:
        """What a probe asks: whether the voice is there."""
        found = {"id": request.path.rsplit("/", 1)[-1], "name": "Maya", "language": "en", "is_public": True}
        answer = connection.respond(HTTPStatus.OK, json.dumps(found | {"description": "", "created_at": NOW}))
        del answer.headers["Content-Type"]
        answer.headers["Content-Type"] = "application/json"
        return answer

    # --- one connection ------------------------------------------------------------------------------

    async def _talk(self, connection: ServerConnection) -> None:
        if connection.hangs_up:  # type: ignore[attr-defined]
            connection.transport.abort()
            return
        mine: dict[str, RecordedContext] = {}
        tasks: set[asyncio.Task[None]] = set()
        try:
            async for message in connection:
                await self._hear(connection, json.loads(message), mine, tasks)
        except ConnectionClosed:
            pass
        finally:
            self.closed += 1
            for task in tasks:
                task.cancel()

    async def _hear(
        self, connection: ServerConnection, said: dict[str, Any], mine: dict[str, RecordedContext], tasks: Any
    ) -> None:
        id = said.get("context_id", "")
        if said.get("cancel"):
            if asked := mine.get(id):
                asked.cancelled = True
            return
        if missing := REQUIRED_FIELDS - said.keys() or (
            {"output_format"} if said["output_format"] != FORMAT else None
        ):
            error = {"title": "Invalid request", "message": f"wrong: {sorted(missing)}", "status_code": 400}
            return await self._tell(connection, {"type": "error", "context_id": id, "done": True, **error})
        if id not in mine:
            dials = self._next.popleft() if self._next else self.dials
            mine[id] = RecordedContext(id, dials)
            self.contexts.append(mine[id])
            tasks.add(asyncio.create_task(self._speak(connection, mine[id])))
        asked = mine[id]
        if said["transcript"]:
            asked.texts.append(said["transcript"])
            asked.language = said["language"]
        for word in said["transcript"].split():
            asked.words.put_nowait(word)
        if not said["continue"]:
            asked.words.put_nowait(None)

    # --- one context ---------------------------------------------------------------------------------

    async def _speak(self, connection: ServerConnection, asked: RecordedContext) -> None:
        with suppress(ConnectionClosed):
            words = [await asked.words.get()]
            await asyncio.sleep(asked.dials.delay)
            while words[-1] is not None:
                while len(words) < asked.dials.chunk_words and not asked.words.empty() and words[-1]:
                    words.append(asked.words.get_nowait())
                ended = words[-1] is None
                if not await self._chunk(connection, asked, [word for word in words if word]):
                    return
                words = [None if ended else await asked.words.get()]
            done = {"type": "done", "context_id": asked.id, "done": True, "status_code": 200}
            await self._tell(connection, done)

    async def _chunk(self, connection: ServerConnection, asked: RecordedContext, words: list[str]) -> bool:
        """Whether it goes on."""
        dials, number = asked.dials, asked.chunks
        asked.chunks += 1
        if asked.cancelled or number >= dials.stall_at:
            return False
        if number >= dials.drop_at:
            connection.transport.close()  # what was sent arrives; no goodbye does
            return False
        if number >= dials.error_at:
            whose = {} if dials.nameless else {"context_id": asked.id}
            fault = {"title": "Fault", "message": "scripted", "status_code": dials.error, "done": True}
            await self._tell(connection, {"type": "error", **whose, **fault})
            return False
        await self._times(connection, asked, words)
        await self._tell(connection, self._sound(asked, number, words))
        asked.ms += WORD_MS * len(words)
        if dials.speed:
            await asyncio.sleep(WORD_MS * len(words) / 1000 / dials.speed)
        return True

    async def _times(self, connection: ServerConnection, asked: RecordedContext, words: list[str]) -> None:
        if not asked.dials.times or not words:
            return
        starts = [(asked.ms + WORD_MS * at) / 1000 for at in range(len(words))]
        times = {"words": words, "start": starts, "end": [at + WORD_MS / 1000 for at in starts]}
        about = {"context_id": asked.id, "done": False, "status_code": 206}
        await self._tell(connection, {"type": "timestamps", **about, "word_timestamps": times})

    def _sound(self, asked: RecordedContext, number: int, words: list[str]) -> dict[str, Any]:
        pcm = b"".join(map(audio_for_word, words))
        data = base64.b64encode(pcm[:-1] if number >= asked.dials.odd_at else pcm).decode()
        return {
            "type": "chunk",
            "context_id": "stranger" if number >= asked.dials.stranger_at else asked.id,
            "data": "?!" if number >= asked.dials.garbage_at else data,
            "done": False,
            "status_code": 206,
            "step_time": 1.5,
        }

    async def _tell(self, connection: ServerConnection, said: dict[str, Any]) -> None:
        await connection.send(json.dumps(said))
