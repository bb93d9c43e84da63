"""Speaks Modal's gRPC on a free port, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from grpclib import GRPCError
from grpclib.const import Status
from grpclib.server import Server
from modal_proto.api_grpc import ModalClientBase

from tests.vendors.modal.plane import ModalControlPlane

ROOT = Path(__file__).resolve().parents[3]
CLI = "import sys; from modal.__main__ import main; sys.exit(main())"


class ControlPlane:
    def __init__(self, **stored: dict[str, str]) -> None:
        self.plane = ModalControlPlane(stored={name.replace("_", "-"): keys for name, keys in stored.items()})
        self.unknown: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> ControlPlane:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *trouble: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self) -> None:
        names = ModalClientBase.__abstractmethods__
        spoken = type("Spoken", (ModalClientBase,), {name: self._handler(name) for name in names})
        self._server = Server([spoken()])
        await self._server.start("127.0.0.1", 0)
        listening: Any = self._server._server  # grpclib does not tell the port that it got
        self.port = listening.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    def _handler(self, name: str) -> Any:
        answer = getattr(self.plane, name, None)

        async def handle(_spoken: Any, stream: Any) -> None:
            asked = await stream.recv_message()
            if answer is None:
                self.unknown.append(name)
                raise GRPCError(Status.UNIMPLEMENTED, name)
            if not inspect.isgeneratorfunction(answer):
                await stream.send_message(answer(asked))
                return
            for message in answer(asked):
                await stream.send_message(message)

        return handle

    @property
    def address(self) -> dict[str, str]:
        return {
            "MODAL_SERVER_URL": f"http://127.0.0.1:{self.port}",
            "MODAL_TOKEN_ID": "ak-nobody",
            "MODAL_TOKEN_SECRET": "as-nothing",
            "MODAL_CONFIG_PATH": os.devnull,
        }

    def cli(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Modal's own command line, as a deployer runs it in the root of the repository."""
        known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-c", CLI, *words],
            cwd=ROOT,
            env={"ENV_FILE": os.devnull, "TERM": "dumb", **known, **self.address, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
