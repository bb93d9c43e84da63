"""Maya's edge beside the stock one, in one run on loopback: `python -m tests.bench.bench_edge`.

Stock: Daphne, get_asgi_application, WhiteNoise's middleware and Channels' own dispatch. About two minutes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.deploy.process import ROOT, Process, free_port

REQUESTS = 2400
CONNECTIONS = 16
ROUNDS = 3
MB = 1024 * 1024
Row = dict[str, str]


class Stack:
    def __init__(self, name: str, static: str) -> None:
        self.name, self.static = name, static

    def open(self) -> Process:
        port = free_port()
        address = {"PORT": str(port), "EDGE_BENCH": self.name, "EDGE_STATIC": self.static, "REDIS_URL": ""}
        database = f"sqlite:///{self.static}/bench.sqlite3"
        return Process(
            "-m", "tests.bench.edge_server", str(port), port=port, DATABASE_URL=database, **address
        )


def stream(server: Process, name: str, **options: Any) -> connect:
    origin = Origin(f"http://localhost:{server.port}")
    return connect(f"ws://127.0.0.1:{server.port}/ws/{name}/", origin=origin, **options)


# --- Requests a second, CPU a request -------------------------------------------------------------------


async def _keep_asking(port: int, request: bytes, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()


def requests(server: Process, path: str) -> tuple[float, float]:
    """Requests a second and microseconds of CPU a request, the best of some rounds."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{server.port}\r\nAccept-Encoding: br\r\n\r\n".encode()

    async def all_at_once(times: int) -> None:
        each = times // CONNECTIONS
        await asyncio.gather(*(_keep_asking(server.port, request, each) for _ in range(CONNECTIONS)))

    asyncio.run(all_at_once(160))
    found = []
    for _ in range(ROUNDS):
        cpu, began = server.cpu(), time.monotonic()
        asyncio.run(all_at_once(REQUESTS))
        spent = time.monotonic() - began
        found.append((REQUESTS / spent, (server.cpu() - cpu) / REQUESTS * 1e6))
    return max(rate for rate, _ in found), min(cpu for _, cpu in found)


# --- Streams --------------------------------------------------------------------------------------------


async def _echo_while_another_blocks(server: Process) -> list[float]:
    async with stream(server, "blocking") as busy, stream(server, "echo") as guest:
        blocking = asyncio.create_task(_keep_blocking(busy))
        await asyncio.sleep(0.3)
        waits = []
        for _ in range(200):
            began = time.perf_counter()
            await guest.send("hello")
            await guest.recv()
            waits.append((time.perf_counter() - began) * 1000)
            if sum(waits) > 20_000:
                break
            await asyncio.sleep(0.02)
        blocking.cancel()
    return waits


async def _keep_blocking(busy: ClientConnection) -> None:
    while True:
        await busy.send("a slow question")
        await busy.recv()


async def _echoes(server: Process, streams: int = 50, each: int = 60) -> None:
    async def one() -> None:
        async with stream(server, "echo") as guest:
            for _ in range(each):
                await guest.send("x" * 320)
                await guest.recv()

    # Fewer than the streams that one address may hold.
    for _ in range(streams // 10):
        await asyncio.gather(*(one() for _ in range(10)))


def echoes(server: Process) -> float:
    """Microseconds of CPU a message."""
    cpu = server.cpu()
    asyncio.run(_echoes(server))
    return (server.cpu() - cpu) / 3000 * 1e6


# --- Memory ---------------------------------------------------------------------------------------------


def grows(server: Process, what: Callable[[], Any]) -> float:
    before = server.memory()
    what()
    return server.memory("VmHWM") - before


def upload(server: Process) -> str:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as guest:
        guest.sendall(
            f"POST /read/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {200 * MB}\r\n\r\n".encode()
        )
        for _ in range(200):
            guest.sendall(b"x" * MB)
        return guest.recv(100).split(b"\r\n")[0].decode()


def slow_reader(server: Process) -> None:
    async def ask_and_sleep() -> None:
        guest = await stream(server, "flood", max_size=None, max_queue=1)
        await guest.send("go")
        await asyncio.sleep(4)
        guest.transport.abort()

    asyncio.run(ask_and_sleep())


def flood(server: Process) -> None:
    async def push() -> None:
        guest = await stream(server, "slow")
        try:
            async with asyncio.timeout(6):
                for _ in range(3000):
                    await guest.send(b"x" * 70_000)
        except TimeoutError:
            pass
        guest.transport.abort()

    asyncio.run(push())


# --- The end --------------------------------------------------------------------------------------------


async def _leave(server: Process) -> str:
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(server.ask("/slow/", Host="localhost")[0])
        except OSError as trouble:
            answers.append(type(trouble).__name__)

    asking = threading.Thread(target=ask)
    async with stream(server, "echo") as guest:
        await guest.send("hello")
        await guest.recv()
        asking.start()
        await asyncio.sleep(0.3)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        try:
            await guest.recv()
        except ConnectionClosed:
            code = guest.close_code
        try:
            await asyncio.to_thread(server.process.wait, 20)
            ended = f"exit after {time.monotonic() - began:.1f} s"
        except subprocess.TimeoutExpired:
            ended = "no exit within 20 s"
            server.process.kill()
    asking.join()
    return f"stream {code}, request {answers[0]}, {ended}"


# --- The table ------------------------------------------------------------------------------------------


def measure(stack: Stack) -> Row:
    found: Row = {}
    with stack.open() as server:
        for name, path in ("bare view", "/bare/"), ("static file, br", "/static/admin/css/base.css"):
            rate, cpu = requests(server, path)
            found[f"{name}: requests/s"] = f"{rate:.0f}"
            found[f"{name}: CPU us/request"] = f"{cpu:.0f}"
        found["echo: CPU us/message"] = f"{echoes(server):.0f}"
        waits = asyncio.run(_echo_while_another_blocks(server))
        found["echo while another consumer blocks: p50 ms"] = f"{statistics.median(waits):.1f}"
        found["echo while another consumer blocks: p99 ms"] = f"{sorted(waits)[int(len(waits) * 0.99)]:.1f}"
    with stack.open() as server:
        server.ask("/bare/", Host="localhost")
        found["memory at rest: MB"] = f"{server.memory():.0f}"
        said: list[str] = []
        found["POST of 200 MB: MB more"] = f"{grows(server, lambda: said.append(upload(server))):.0f}"
        found["POST of 200 MB: answer"] = said[0]
    for name, what in ("slow reader of 256 MB", slow_reader), ("flood of 200 MB to a slow consumer", flood):
        with stack.open() as server:
            asyncio.run(_echoes(server, 10, 10))
            found[f"{name}: MB more"] = f"{grows(server, lambda what=what, server=server: what(server)):.0f}"  # type: ignore[misc]
    with stack.open() as server:
        found["SIGTERM"] = asyncio.run(_leave(server))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as static:
        environment = os.environ | {
            "EDGE_STATIC": static,
            "DJANGO_SETTINGS_MODULE": "tests.bench.edge_settings",
            "DATABASE_URL": "",
        }
        collect = (
            "import django; django.setup()\n"
            "from django.core.management import call_command\n"
            "from maya_site.edge import collected_static\n"
            "call_command('collectstatic', interactive=False, verbosity=0)\n"
            "collected_static.write_digest(collected_static.source_digest())"
        )
        subprocess.run([sys.executable, "-c", collect], cwd=ROOT, env=environment, check=True)
        ours, stock = measure(Stack("ours", static)), measure(Stack("stock", static))
    print("| | ours | stock |\n| --- | --- | --- |")
    for name in ours:
        print(f"| {name} | {ours[name]} | {stock[name]} |")


if __name__ == "__main__":
    main()
