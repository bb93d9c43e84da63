"""Breaks off the TCP line of a request, as a server that dies does: no answer, and a reset for the client."""

from __future__ import annotations

import socket
import struct
from contextvars import ContextVar
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

_TRANSPORT: ContextVar[Any] = ContextVar("transport")
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time


def knowing_its_line(application: ASGIApp) -> ASGIApp:
    """Outermost: uvicorn's own `receive` leads to the transport, a wrapped one does not."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        _TRANSPORT.set(getattr(getattr(receive, "__self__", None), "transport", None))
        await application(scope, receive, send)

    return served


def break_line() -> None:
    transport = _TRANSPORT.get()
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()
