"""The SDK's clients: one for each key in a process, made on a thread, over connections of our own."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.genai import Client

MOST = 32  # guests may bring their own keys


@dataclass(frozen=True)
class Access:
    """How Gemini is reached: by a key, or as a project of Google Cloud with the machine's own account."""

    key: str = field(default="", repr=False)
    project: str = ""
    location: str = ""
    base_url: str = ""

    @property
    def given(self) -> bool:
        return bool(self.key or self.project)


class Clients:
    def __init__(self, connect: float) -> None:
        self.connect = connect
        self._made: OrderedDict[Access, Client] = OrderedDict()
        self._lock = threading.Lock()

    def made(self, access: Access) -> Client | None:
        return self._made.get(access)

    async def get(self, access: Access) -> Client:
        """Never made on the event loop: importing the SDK and reading certificates takes its time."""
        if client := self.made(access):
            return client
        return await asyncio.to_thread(self.make, access)

    def make(self, access: Access) -> Client:
        with self._lock:
            if not (client := self._made.get(access)):
                client = self._made[access] = _client(access, self.connect)
                while len(self._made) > MOST:
                    self._made.popitem(last=False)
            self._made.move_to_end(access)
            return client

    def close(self) -> None:
        """Nobody asks any more. What streams just now ends by itself: its connections belong to its loop."""
        with self._lock:
            while self._made:
                self._made.popitem()[1].close()


def _client(access: Access, connect: float) -> Client:
    from google.genai import Client
    from google.genai.types import HttpOptions, HttpRetryOptions

    from bartender.brains.gemini import answer  # noqa: F401  what a turn imports is loaded here, off the loop
    from bartender.brains.gemini.transport import Transport

    trusted = ssl.create_default_context()
    options = HttpOptions(
        base_url=access.base_url or None,
        # Retries and deadlines are ours: the SDK's own wait in silence, and its timeout counts otherwise.
        retry_options=HttpRetryOptions(attempts=1),
        client_args={"verify": trusted},
        # A transport of our own also keeps the SDK from changing over to aiohttp where that is installed.
        async_client_args={"verify": trusted, "transport": Transport(trusted, connect)},
    )
    if access.key:
        return Client(api_key=access.key, enterprise=False, http_options=options)
    return Client(enterprise=True, project=access.project, location=access.location, http_options=options)
