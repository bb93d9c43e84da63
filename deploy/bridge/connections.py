"""Connections to Daphne's socket: opened, and kept for the next request."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

DaphneConnection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
# Until Daphne has taken some of those who stand before its door.
RETRY_DELAY_SECONDS = 0.01
# Opening a connection costs more than a static file.
MAX_IDLE_CONNECTIONS = 32


async def open_daphne_connection(path: Path) -> DaphneConnection:
    """A full queue at a unix socket says EAGAIN, which asyncio's own way takes for a connection."""
    knocking = socket.socket(socket.AF_UNIX)
    knocking.setblocking(False)
    while True:
        try:
            knocking.connect(str(path))
        except BlockingIOError:
            await asyncio.sleep(RETRY_DELAY_SECONDS)
        except OSError:
            knocking.close()
            raise
        else:
            return await asyncio.open_unix_connection(sock=knocking)


class ConnectionPool:
    """The idle connections of one bridge. Lives on one event loop, so it needs no lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[DaphneConnection] = []

    async def get(self) -> DaphneConnection:
        """An idle connection that still stands, or a new one. Raises OSError where Daphne is away."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
        return await open_daphne_connection(self._path)

    def release(self, connection: DaphneConnection) -> None:
        """For the next request. Both sides are done with this one."""
        if len(self._idle) < MAX_IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection[1].close()

    def close(self) -> None:
        for _reader, writer in self._idle:
            writer.close()
