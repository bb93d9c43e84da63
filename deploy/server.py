"""Daphne with what it lacks: a graceful end, and patience in both directions."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from functools import partial
from typing import Any

from daphne.server import Server
from twisted.internet import reactor as _reactor

from deploy.lifespan import Lifespan
from deploy.requests import CountedConnections
from deploy.sockets import PatientSocket
from maya_site.lib.consumer import CLOSED_FOR_RESTART

logger = logging.getLogger(__name__)
reactor: Any = _reactor

# A stream may end its sentence and say goodbye; what is still open then is closed for it.
GOODBYE = 6.0
DEADLINE = 10.0
LONGEST_REQUEST = 120
LARGEST_MESSAGE = 256 * 1024


class HouseServer(Server):  # type: ignore[misc]
    def __init__(self, application: Any, listening: socket.socket, *, parent: int = 0) -> None:
        super().__init__(
            application,
            endpoints=["adopted"],  # Daphne wants to hear of one; we open it ourselves once all is ready
            signal_handlers=False,
            verbosity=0,
            server_name="",
            http_timeout=LONGEST_REQUEST,
            websocket_max_message_size=LARGEST_MESSAGE,
            websocket_max_frame_size=LARGEST_MESSAGE,
            ready_callable=self._prepare,
        )
        self.endpoints: list[str] = []
        self.listening = listening
        self.parent = parent
        self.lifespan = Lifespan(application)
        self.draining = False
        self.port: Any = None
        self.last_moment = 0.0

    # --- Opening ---

    def _prepare(self) -> None:
        self.http_factory = CountedConnections(self)
        self.ws_factory.protocol = PatientSocket
        loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, self.drain)
        self.opening = loop.create_task(self._open())
        if self.parent:
            reactor.callLater(1, self._watch_parent)

    async def _open(self) -> None:
        await self.lifespan.start()
        self.port = reactor.adoptStreamPort(self.listening.fileno(), self.listening.family, self.http_factory)
        # The reactor has its own copy. With ours open, guests would queue after the last call, unheard.
        self.listening.close()

    def _watch_parent(self) -> None:
        """A worker whose supervisor was killed would keep the port for ever."""
        if os.getppid() != self.parent:
            return self.drain()
        reactor.callLater(1, self._watch_parent)

    # --- Patience ---

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[Any] | None:
        """As upstream, but the protocol hears when its application takes a message."""
        if protocol not in self.connections:
            return None
        waiting: asyncio.Queue[Any] = asyncio.Queue()
        scope.setdefault("asgi", {"version": "3.0"})
        receive = partial(_take, waiting, protocol) if isinstance(protocol, PatientSocket) else waiting.get
        running = self.application(scope=scope, receive=receive, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(running)
        return waiting

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, PatientSocket):
            await protocol.room()

    # --- Closing ---

    def drain(self) -> None:
        """Stop listening, say the last call, let requests end. Asked a second time: stop now."""
        if self.draining:
            self.stop()
            return
        logger.info("closing")
        self.draining, self.last_moment = True, time.monotonic() + DEADLINE
        if self.port is not None:
            self.port.stopListening()
        self.saying_goodbye = asyncio.ensure_future(self.lifespan.stop())
        reactor.callLater(GOODBYE, self._close_streams)
        self._stop_when_empty()

    def _close_streams(self) -> None:
        for protocol in list(self.connections):
            if isinstance(protocol, PatientSocket) and protocol.state == protocol.STATE_OPEN:
                protocol.sendClose(code=CLOSED_FOR_RESTART)

    def _stop_when_empty(self) -> None:
        running = [each.get("application_instance") for each in self.connections.values()]
        busy = not self.saying_goodbye.done() or any(each and not each.done() for each in running)
        if busy and time.monotonic() < self.last_moment:
            reactor.callLater(0.05, self._stop_when_empty)
        else:
            self.stop()

    def kill_all_applications(self) -> Any:
        """Upstream trips over a request that is just being read and then tells no application at all."""
        nobody: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        nobody.set_result(None)
        for details in self.connections.values():
            details.setdefault("application_instance", nobody)
        return super().kill_all_applications()


async def _take(waiting: asyncio.Queue[Any], protocol: PatientSocket) -> Any:
    message = await waiting.get()
    protocol.taken()
    return message
