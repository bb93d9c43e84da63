"""Daphne with a graceful stop, the lifespan protocol, and backpressure in both directions."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from daphne.server import Server
from twisted.internet import reactor as _reactor

from maya_site.core.websocket_consumer import CLOSE_SERVER_RESTART
from maya_site.edge.daphne_lifespan import LifespanClient
from maya_site.edge.daphne_requests import ConnectionLimitedFactory
from maya_site.edge.daphne_websockets import BackpressureWebSocket

logger = logging.getLogger(__name__)
reactor: Any = _reactor

# A stream may end its sentence and say goodbye; what is still open then is closed for it.
STREAM_CLOSE_SECONDS = 6.0
SHUTDOWN_TIMEOUT_SECONDS = 10.0
REQUEST_TIMEOUT_SECONDS = 120
MAX_MESSAGE_BYTES = 256 * 1024


class MayaDaphneServer(Server):  # type: ignore[misc]
    def __init__(
        self,
        application: Any,
        listening: socket.socket,
        *,
        parent: int = 0,
        when_open: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            application,
            endpoints=["adopted"],  # Daphne wants to hear of one; we open it ourselves once all is ready
            signal_handlers=False,
            verbosity=0,
            server_name="",
            http_timeout=REQUEST_TIMEOUT_SECONDS,
            websocket_max_message_size=MAX_MESSAGE_BYTES,
            websocket_max_frame_size=MAX_MESSAGE_BYTES,
            ready_callable=self._prepare,
        )
        self.endpoints: list[str] = []
        self.listening = listening
        self.parent, self.when_open = parent, when_open
        self.lifespan = LifespanClient(application)
        self.is_draining = False
        self.port: Any = None
        self.shutdown_deadline = 0.0

    # --- Opening ---

    def _prepare(self) -> None:
        self.http_factory = ConnectionLimitedFactory(self)
        self.ws_factory.protocol = BackpressureWebSocket
        loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.drain)
        self.open_task = loop.create_task(self._open())
        if self.parent:
            reactor.callLater(1, self._watch_parent)

    async def _open(self) -> None:
        await self.lifespan.start()
        self.port = reactor.adoptStreamPort(self.listening.fileno(), self.listening.family, self.http_factory)
        # The reactor has its own copy. With ours open, guests would queue after the last call, unheard.
        self.listening.close()
        self.when_open()

    def _watch_parent(self) -> None:
        """A worker whose supervisor was killed would keep the port for ever."""
        if os.getppid() != self.parent:
            return self.drain()
        reactor.callLater(1, self._watch_parent)

    # --- Patience ---

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[Any] | None:
        """As in Daphne, except that the protocol learns when its application takes a message."""
        if protocol not in self.connections:
            return None
        waiting: asyncio.Queue[Any] = asyncio.Queue()
        scope.setdefault("asgi", {"version": "3.0"})
        receive = (
            partial(_receive_message, waiting, protocol)
            if isinstance(protocol, BackpressureWebSocket)
            else waiting.get
        )
        running = self.application(scope=scope, receive=receive, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(running)
        return waiting

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, BackpressureWebSocket):
            await protocol.wait_until_writable()

    # --- Closing ---

    def drain(self) -> None:
        """Stops listening, signals shutdown, and stops once requests and streams have ended, after ten
        seconds at most. Called again, it stops now."""
        if self.is_draining:
            self.stop()
            return
        logger.info("closing")
        self.is_draining, self.shutdown_deadline = True, time.monotonic() + SHUTDOWN_TIMEOUT_SECONDS
        if self.port is not None:
            self.port.stopListening()
        self.lifespan_stop_task = asyncio.ensure_future(self.lifespan.stop())
        reactor.callLater(STREAM_CLOSE_SECONDS, self._close_streams)
        self._stop_when_empty()

    def _close_streams(self) -> None:
        for protocol in list(self.connections):
            if isinstance(protocol, BackpressureWebSocket) and protocol.state == protocol.STATE_OPEN:
                protocol.sendClose(code=CLOSE_SERVER_RESTART)

    def _stop_when_empty(self) -> None:
        running = [each.get("application_instance") for each in self.connections.values()]
        busy = not self.lifespan_stop_task.done() or any(each and not each.done() for each in running)
        if busy and time.monotonic() < self.shutdown_deadline:
            reactor.callLater(0.05, self._stop_when_empty)
        else:
            self.stop()

    def kill_all_applications(self) -> Any:
        """As in Daphne, which fails on a request that is still being read and then tells no application at
        all."""
        nobody: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        nobody.set_result(None)
        for details in self.connections.values():
            details.setdefault("application_instance", nobody)
        return super().kill_all_applications()


async def _receive_message(waiting: asyncio.Queue[Any], protocol: BackpressureWebSocket) -> Any:
    message = await waiting.get()
    protocol.message_consumed()
    return message
