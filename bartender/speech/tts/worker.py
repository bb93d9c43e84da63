"""Runs a speech engine in a child process, started when first needed and restarted after it died.

Its pipes are read and written on the event loop; only the caller of a request waits for the answer.
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

from bartender.speech.tts.workers import pipe
from maya_site.core.errors import ProviderDown

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]
MAX_PENDING_REQUESTS = 32
START_TIMEOUT_SECONDS = 30.0
RESPONSE_TIMEOUT_SECONDS = 10.0

Frame = tuple[int, bytes]


class WorkerProcess:
    def __init__(self, name: str, module: str, *arguments: str) -> None:
        self.name = name
        self.command = [sys.executable, "-m", module, *arguments]
        self.response_timeout_seconds = RESPONSE_TIMEOUT_SECONDS
        self.ready_info: dict[str, Any] = {}  # the body of its READY frame
        self._process: subprocess.Popen[bytes] | None = None
        self._write_transport: asyncio.WriteTransport | None = None
        self._read_transport: asyncio.ReadTransport | None = None
        self._reader_task: asyncio.Task[None] | None = None
        self._pending: dict[int, asyncio.Queue[Frame | None]] = {}
        self._request_ids = itertools.count(1)
        self._start_lock = asyncio.Lock()

    async def request(self, **payload: Any) -> AsyncIterator[Frame]:
        """Yields the frames that answer one request.

        Raises ProviderDown if the process dies, does not answer in time, or has too many requests.
        """
        if len(self._pending) >= MAX_PENDING_REQUESTS:
            raise ProviderDown(self.name, "too many at once")
        await self.ensure_started()
        id, answers = next(self._request_ids), asyncio.Queue[Frame | None]()
        self._pending[id] = answers
        try:
            self._send_request({"id": id, **payload})
            while (frame := await self._next_frame(answers))[0] != pipe.END:
                yield frame
        finally:
            del self._pending[id]

    async def ensure_started(self) -> None:
        async with self._start_lock:
            if self._reader_task is None or self._reader_task.done():
                self.stop()
                await self._start()

    def stop(self) -> None:
        """Kills the process. Pending requests raise ProviderDown."""
        if self._reader_task:
            self._reader_task.cancel()
        for transport in (self._write_transport, self._read_transport):
            if transport:
                transport.close()
        if self._process:
            self._process.kill()
            self._process.wait()  # reaps the killed process; does not block
        self._process = self._write_transport = self._read_transport = self._reader_task = None
        self._fail_pending()

    def _send_request(self, request: dict[str, Any]) -> None:
        if self._write_transport is None or self._write_transport.is_closing():
            raise ProviderDown(self.name, "its process has ended")
        self._write_transport.write(json.dumps(request).encode() + b"\n")

    async def _next_frame(self, answers: asyncio.Queue[Frame | None]) -> Frame:
        try:
            async with asyncio.timeout(self.response_timeout_seconds):
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
        reader = asyncio.StreamReader(limit=2 * pipe.MAX_BODY_BYTES)
        self._read_transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), cast(Any, process.stdout)
        )
        self._write_transport, _ = await loop.connect_write_pipe(
            asyncio.BaseProtocol, cast(Any, process.stdin)
        )
        try:
            async with asyncio.timeout(START_TIMEOUT_SECONDS):
                _id, _kind, said = await _read_frame(reader)
        except (TimeoutError, EOFError, ValueError):
            self.stop()
            raise ProviderDown(self.name, "its process does not start") from None
        self.ready_info = json.loads(said)
        self._reader_task = asyncio.create_task(self._read_frames(reader))
        logger.info("%s is ready", self.name)

    async def _read_frames(self, reader: asyncio.StreamReader) -> None:
        with suppress(EOFError, OSError, ValueError):
            while True:
                id, kind, body = await _read_frame(reader)
                if request := self._pending.get(id):  # None if the caller has given up
                    request.put_nowait((kind, body))
        logger.warning("the process of %s has ended", self.name)
        self._fail_pending()

    def _fail_pending(self) -> None:
        for answers in self._pending.values():
            answers.put_nowait(None)


async def _read_frame(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    id, kind, length = pipe.HEADER.unpack(await reader.readexactly(pipe.HEADER.size))
    if length > pipe.MAX_BODY_BYTES:
        raise ValueError("a frame longer than any may be")
    return id, kind, await reader.readexactly(length)
