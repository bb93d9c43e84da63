"""A small application on a real server: `python -m tests.deploy.stage PORT house|stock`.

/ws/echo/ answers, /ws/slow/ takes two messages a second, /ws/flood/ sends 256 MB, /ws/deaf/ ignores the
last call; /slow/ takes two seconds, /slowest/ a minute, /read/ says how much it read.
"""

from maya_site.edge.reactor import EVENT_LOOP  # isort: skip  # before anything of Twisted

import asyncio
import os
import socket
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from django.urls import path  # noqa: E402

from maya_site.core.shutdown_signal import SHUTDOWN  # noqa: E402
from maya_site.core.websocket_consumer import BaseConsumer  # noqa: E402
from maya_site.edge.lifespan import LifespanMiddleware  # noqa: E402
from maya_site.edge.websockets import build_websocket_app  # noqa: E402
from tests.deploy.stage_names import ORIGIN  # noqa: E402

HOUSE = sys.argv[2:] == ["house"]
Base: Any = BaseConsumer if HOUSE else AsyncWebsocketConsumer


class Quiet(Base):  # type: ignore[misc]
    channel_layer_alias = None


class Echo(Quiet):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data=text_data, bytes_data=bytes_data)

    async def on_shutdown(self) -> None:
        await self.send(text_data="bye")
        await super().last_call()

    async def disconnect(self, code: int) -> None:
        sys.stderr.write(f"echo left with {code}\n")


class Deaf(Quiet):
    async def on_shutdown(self) -> None:
        """Somebody forgot to close."""


class Slow(Quiet):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await asyncio.sleep(0.5)


class Flood(Quiet):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        for _ in range(4096):
            await self.send(bytes_data=b"x" * 65536)


async def http(scope: Any, receive: Any, send: Any) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await asyncio.sleep({"/slow/": 2, "/slowest/": 60}.get(scope["path"], 0))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{size} {os.getpid()}".encode()})


def application() -> Any:
    consumers = {"echo": Echo, "deaf": Deaf, "slow": Slow, "flood": Flood}
    patterns = [path(f"ws/{name}/", kind.as_asgi()) for name, kind in consumers.items()]
    websocket = build_websocket_app(patterns, [ORIGIN])

    async def route(scope: Any, receive: Any, send: Any) -> None:
        await (http if scope["type"] == "http" else websocket)(scope, receive, send)

    return LifespanMiddleware(route, shutdown_hooks=[SHUTDOWN.trigger])


def main(port: int) -> None:
    if HOUSE:
        from maya_site.edge.daphne_server import MayaDaphneServer

        listening = socket.create_server(("127.0.0.1", port))
        listening.setblocking(False)
        MayaDaphneServer(application(), listening).run()
    else:
        from daphne.server import Server

        Server(application(), endpoints=[f"tcp:port={port}:interface=127.0.0.1"], verbosity=0).run()


if __name__ == "__main__":
    sys.stderr.write(f"{type(EVENT_LOOP).__module__}\n")
    main(int(sys.argv[1]))
