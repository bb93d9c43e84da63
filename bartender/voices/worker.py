"""A voice's own process, seen from the house: started when first needed, started anew when it died.

Its pipes are read and written on the event loop; nothing here waits for it but who asked.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from bartender.voices.workers import pipe
from maya_site.lib.errors import ProviderDown

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_ASKED = 32
READY_WITHIN = 30.0
ANSWERS_WITHIN = 10.0

Frame = tuple[int, bytes]


class Worker:
    def __init__(self, name: str, module: str, *arguments: str) -> None:
        self.name = name
        self.command = [sys.executable, "-m", module, *arguments]
        self.answers_within = ANSWERS_WITHIN
        self.told: dict[str, Any] = {}  # what it said of itself when it was ready
        self._process: subprocess.Popen[bytes] | None = None
        self._write: asyncio.WriteTransport | None = None
        self._read: asyncio.ReadTransport | None = None
        self._listening: asyncio.Task[None] | None = None
        self._asked: dict[int, asyncio.Queue[Frame | None]] = {}
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()

    async def ask(self, **wish: Any) -> AsyncIterator[Frame]:
        """The frames that answer one request. Raises ProviderDown where it dies or does not answer."""
        if len(self._asked) >= MOST_ASKED:
            raise ProviderDown(self.name, "too many at once")
        await self.ready()
        id, answers = next(self._numbers), asyncio.Queue[Frame | None]()
        self._asked[id] = answers
        try:
            self._tell({"id": id, **wish})
            while (frame := await self._next(answers))[0] != pipe.END:
                yield frame
        finally:
            del self._asked[id]

    async def ready(self) -> None:
        async with self._starting:
            if self._listening is None or self._listening.done():
                self.stop()
                await self._start()

    def stop(self) -> None:
        """At once. Who still waits for an answer is told that none will come."""
        if self._listening:
            self._listening.cancel()
        for transport in (self._write, self._read):
            if transport:
                transport.close()
        if self._process:
            self._process.kill()
            self._process.wait()  # it is dead: this only takes its name off the list
        self._process = self._write = self._read = self._listening = None
        self._lost()

    def _tell(self, wish: dict[str, Any]) -> None:
        if self._write is None or self._write.is_closing():
            raise ProviderDown(self.name, "its process has ended")
        self._write.write(json.dumps(wish).encode() + b"\n")

    async def _next(self, answers: asyncio.Queue[Frame | None]) -> Frame:
        try:
            async with asyncio.timeout(self.answers_within):
                frame = await answers.get()
        except TimeoutError:
            logger.warning("%s does not answer: it is started anew", self.name)
            self.stop()
            raise ProviderDown(self.name, "does not answer") from None
        if frame is None:
            raise ProviderDown(self.name, "its process has ended")
        return frame

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        process = await asyncio.to_thread(
            subprocess.Popen, self.command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._process = process
        reader = asyncio.StreamReader(limit=2 * pipe.LONGEST)
        self._read, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), cast(Any, process.stdout)
        )
        self._write, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, cast(Any, process.stdin))
        try:
            async with asyncio.timeout(READY_WITHIN):
                _id, _kind, said = await _frame(reader)
        except (TimeoutError, EOFError, ValueError):
            self.stop()
            raise ProviderDown(self.name, "its process does not start") from None
        self.told = json.loads(said)
        self._listening = asyncio.create_task(self._listen(reader))
        logger.info("%s is ready", self.name)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(EOFError, OSError, ValueError):
            while True:
                id, kind, body = await _frame(reader)
                if asked := self._asked.get(id):  # else: nobody waits for it any more
                    asked.put_nowait((kind, body))
        logger.warning("the process of %s has ended", self.name)
        self._lost()

    def _lost(self) -> None:
        for answers in self._asked.values():
            answers.put_nowait(None)


async def _frame(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    id, kind, length = pipe.HEADER.unpack(await reader.readexactly(pipe.HEADER.size))
    if length > pipe.LONGEST:
        raise ValueError("a frame longer than any may be")
    return id, kind, await reader.readexactly(length)
