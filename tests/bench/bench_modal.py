"""Both shapes of Maya on Modal through Modal's own wrapper, in one run: `python -m tests.bench.bench_modal`.

asgi: the function returns the application. daphne: Daphne in the container behind our bridge. Counted is the
CPU of the whole container, its children included. First without an edge: guests are coroutines in the same
process. Then with uvicorn in the place of Modal's edge, which costs the same in both shapes and hides a part
of the difference.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.deploy.process import ROOT, Process, free_port

ROUNDS = 5
STREAMS, MESSAGES = 20, 200
REQUESTS = 800
AT_ONCE = 16
HANDSHAKES = 800
SOUND = b"x" * 640
ORIGIN = "http://localhost:8000"
HEADERS = [(b"Host", b"localhost:8000"), (b"Origin", ORIGIN.encode()), (b"Accept-Encoding", b"br")]


def http(path: str) -> dict[str, Any]:
    return {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
            "query_string": b"", "headers": HEADERS, "client": ("203.0.113.7", 1)}  # fmt: skip


def websocket(path: str, guest: int) -> dict[str, Any]:
    return {"type": "websocket", "http_version": "1.1", "scheme": "ws", "path": path, "query_string": b"",
            "headers": HEADERS, "client": (f"203.0.113.{guest % 250}", 1), "subprotocols": []}  # fmt: skip


class Guest:
    def __init__(self, host: Any, scope: dict[str, Any]) -> None:
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1)
        self.call = asyncio.create_task(host.call(scope, self.said.get, self.heard.put))

    async def hear(self, kind: str) -> dict[str, Any]:
        message = await self.heard.get()
        assert message["type"] == kind, message
        return message


async def ask(host: Any, path: str) -> None:
    guest = Guest(host, http(path))
    guest.said.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    assert (await guest.hear("http.response.start"))["status"] == 200
    while (await guest.hear("http.response.body")).get("more_body"):
        pass
    await guest.call


async def open_stream(host: Any, number: int) -> Guest:
    guest = Guest(host, websocket("/ws/echo/", number))
    guest.said.put_nowait({"type": "websocket.connect"})
    await guest.hear("websocket.accept")
    return guest


async def leave(guest: Guest) -> None:
    guest.said.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await guest.call


async def requests(host: Any, path: str) -> int:
    async def some() -> None:
        for _ in range(REQUESTS // AT_ONCE):
            await ask(host, path)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return REQUESTS


async def handshakes(host: Any) -> int:
    for start in range(0, HANDSHAKES, AT_ONCE):
        several = range(start, min(start + AT_ONCE, HANDSHAKES))
        guests = await asyncio.gather(*(open_stream(host, number) for number in several))
        await asyncio.gather(*(leave(guest) for guest in guests))
    return HANDSHAKES


async def messages(guests: list[Guest], each: dict[str, Any]) -> int:
    async def one(guest: Guest) -> None:
        for _ in range(MESSAGES):
            guest.said.put_nowait({"type": "websocket.receive", **each})
            await guest.hear("websocket.send")

    await asyncio.gather(*(one(guest) for guest in guests))
    return MESSAGES * len(guests)


def spent(pids: list[int]) -> float:
    """Seconds of CPU of these processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def best(pids: list[int], work: Callable[[], Awaitable[int]]) -> tuple[float, float]:
    """Microseconds of CPU and of time for one, the least of some rounds."""
    await work()
    cpu, wall = [], []
    for _ in range(ROUNDS):
        before, began = spent(pids), time.perf_counter()
        done = await work()
        wall.append((time.perf_counter() - began) / done * 1e6)
        cpu.append((spent(pids) - before) / done * 1e6)
    return min(cpu), min(wall)


async def measure(application: Any, children: Callable[[], list[int]]) -> dict[str, tuple[float, float]]:
    from tests.vendors.modal.host import ModalHost

    async with ModalHost(application) as host:
        pids = [os.getpid(), *children()]
        found = {
            "page: bare view": await best(pids, lambda: requests(host, "/bare/")),
            "static file, br": await best(pids, lambda: requests(host, "/static/admin/css/base.css")),
            "handshake and goodbye": await best(pids, lambda: handshakes(host)),
        }
        guests = [await open_stream(host, number) for number in range(STREAMS)]
        found["message, 320 characters"] = await best(pids, lambda: messages(guests, {"text": "x" * 320}))
        found["message, 640 bytes of sound"] = await best(pids, lambda: messages(guests, {"bytes": SOUND}))
        for guest in guests:
            await leave(guest)
    return found


def shaped(shape: str, folder: str) -> tuple[Any, Callable[[], list[int]]]:
    """The application, and the processes that it starts besides."""
    from deploy.bridge.app import Bridge
    from deploy.bridge.daphne import DaphneProcess

    if shape == "asgi":
        from tests.bench import edge_server

        return edge_server.application(), list
    daphne = DaphneProcess(
        Path(folder) / "daphne.sock", entry=[sys.executable, "-m", "tests.bench.edge_server"]
    )
    return Bridge(daphne), lambda: [daphne.process.pid] if daphne.process else []


def without_an_edge(shape: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(asyncio.run(measure(*shaped(shape, folder)))))


# --- Behind uvicorn in the place of Modal's edge ---------------------------------------------------------


def at_an_edge(shape: str, port: str) -> None:
    import uvicorn

    from tests.vendors.modal.host import ModalHost

    with tempfile.TemporaryDirectory() as folder:
        application, _children = shaped(shape, folder)
        host = ModalHost(application)
        uvicorn.run(host, port=int(port), log_level="error", ws_per_message_deflate=False)


def children(pid: int) -> list[int]:
    """A child belongs to the thread that started it."""
    listed = " ".join(each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children"))
    return [pid, *(int(child) for child in listed.split())]


async def echoes(port: int) -> int:
    from tests.bench.bench_edge import stream

    async def one() -> None:
        async with stream(SimpleNamespace(port=port), "echo") as guest:  # type: ignore[arg-type]
            for _ in range(MESSAGES):
                await guest.send(SOUND)
                await guest.recv()

    await asyncio.gather(*(one() for _ in range(STREAMS)))
    return STREAMS * MESSAGES


def with_an_edge(shape: str, environment: dict[str, str]) -> tuple[float, float]:
    port = free_port()
    words = ("-m", "tests.bench.bench_modal", "edge", shape, str(port))
    origin = {"ALLOWED_ORIGINS": f"http://localhost:{port}"}
    with Process(*words, port=port, **(environment | origin)) as server:
        return asyncio.run(best(children(server.process.pid), lambda: echoes(port)))


def both() -> None:
    with tempfile.TemporaryDirectory() as static:
        environment = os.environ | {
            "EDGE_BENCH": "ours", "EDGE_STATIC": static,
            "DJANGO_SETTINGS_MODULE": "tests.bench.edge_settings",
            "DATABASE_URL": f"sqlite:///{static}/bench.sqlite3", "REDIS_URL": "", "ENV_FILE": os.devnull,
        }  # fmt: skip
        collect = "import django; django.setup()\nfrom tests.bench.bench_modal import collected\ncollected()"
        subprocess.run([sys.executable, "-c", collect], cwd=ROOT, env=environment, check=True)
        found = {}
        for shape, hops in ("asgi", "0"), ("daphne", "1"):
            own = environment | {"PROXY_HOPS": hops, "LOG_LEVEL": "error"}
            told = subprocess.run(
                [sys.executable, "-m", "tests.bench.bench_modal", shape],
                cwd=ROOT, env=own, check=True, stdout=subprocess.PIPE,
            )  # fmt: skip
            found[shape] = json.loads(told.stdout)
            found[shape]["the same sound, with the edge's own cost"] = with_an_edge(shape, own)
    print("| CPU us (time us) for one | asgi | daphne | CPU ratio |\n| --- | --- | --- | --- |")
    for name, (cpu, wall) in found["asgi"].items():
        other, later = found["daphne"][name]
        print(f"| {name} | {cpu:.0f} ({wall:.0f}) | {other:.0f} ({later:.0f}) | {other / cpu:.2f} |")


def collected() -> None:
    from django.core.management import call_command

    from maya_site.edge import collected_static

    call_command("collectstatic", interactive=False, verbosity=0)
    collected_static.write_digest(collected_static.source_digest())


def main(words: list[str]) -> None:
    if not words:
        both()
    elif words[0] == "edge":
        at_an_edge(*words[1:])
    else:
        without_an_edge(*words)


if __name__ == "__main__":
    main(sys.argv[1:])
