"""`python -m tests.bench.edge_server PORT` (or `--descriptor N`): one of the stacks, same consumers."""

import asyncio
import os
import socket
import sys
import time
from typing import Any

import django

STOCK = os.environ["EDGE_BENCH"] == "stock"
if not STOCK and __name__ == "__main__":
    import maya_site.edge.reactor  # noqa: F401 - before anything of Twisted

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.edge_settings"
django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from django.urls import path  # noqa: E402

from maya_site.core.db import run_in_db_thread  # noqa: E402
from maya_site.core.websocket_consumer import BaseConsumer  # noqa: E402

Base: Any = AsyncWebsocketConsumer if STOCK else BaseConsumer


class Echo(Base):  # type: ignore[misc]
    channel_layer_alias = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data=text_data, bytes_data=bytes_data)


class Blocking(Echo):
    """Asks a slow database, the way each stack would."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await (database_sync_to_async(time.sleep)(1) if STOCK else run_in_db_thread(time.sleep, 1))
        await self.send(text_data="done")


class Slow(Echo):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await asyncio.sleep(0.5)


class Flood(Echo):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        for _ in range(4096):
            await self.send(bytes_data=b"x" * 65536)


PATTERNS = [path(f"ws/{kind.__name__.lower()}/", kind.as_asgi()) for kind in (Echo, Blocking, Slow, Flood)]


def stock(port: int) -> None:
    from channels.routing import ProtocolTypeRouter, URLRouter
    from channels.security.websocket import AllowedHostsOriginValidator
    from channels.sessions import CookieMiddleware
    from daphne.server import Server
    from django.core.asgi import get_asgi_application

    sockets = AllowedHostsOriginValidator(CookieMiddleware(URLRouter(PATTERNS)))
    routed = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": sockets})
    Server(routed, endpoints=[f"tcp:port={port}:interface=127.0.0.1"], verbosity=0).run()


def application() -> Any:
    import bartender.routing

    bartender.routing.websocket_urlpatterns[:] = PATTERNS
    from maya_site.asgi import application

    return application


def ours(listening: socket.socket, parent: int = 0) -> None:
    from maya_site.edge.daphne_server import MayaDaphneServer

    listening.setblocking(False)
    MayaDaphneServer(application(), listening, parent=parent).run()


def main(words: list[str]) -> None:
    if STOCK:
        stock(int(words[0]))
    elif words[0] == "--descriptor":
        ours(socket.socket(fileno=int(words[1])), parent=os.getppid())
    else:
        ours(socket.create_server(("127.0.0.1", int(words[0]))))


if __name__ == "__main__":
    main(sys.argv[1:])
