"""A connection to Daphne's socket."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
# Until Daphne has taken some of those who stand before its door.
A_MOMENT = 0.01


async def open_line(path: Path) -> Line:
    """A full queue at a unix socket says EAGAIN, which asyncio's own way takes for a connection."""
    knocking = socket.socket(socket.AF_UNIX)
    knocking.setblocking(False)
    while True:
        try:
            knocking.connect(str(path))
        except BlockingIOError:
            await asyncio.sleep(A_MOMENT)
        except OSError:
            knocking.close()
            raise
        else:
            return await asyncio.open_unix_connection(sock=knocking)
