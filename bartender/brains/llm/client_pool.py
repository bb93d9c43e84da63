"""The SDK's clients: one for each set of credentials in a process, made on a thread."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

MAX_CLIENTS = 32  # guests may bring their own keys

CredentialsT = TypeVar("CredentialsT", bound=Hashable)
ClientT = TypeVar("ClientT")


class ClientPool(Generic[CredentialsT, ClientT]):
    """Keeps one client for each set of credentials. Safe to use from any thread."""

    def __init__(self, create: Callable[[CredentialsT], ClientT]) -> None:
        self._create = create
        self._clients: OrderedDict[CredentialsT, ClientT] = OrderedDict()
        self._lock = threading.Lock()

    def get_cached(self, credentials: CredentialsT) -> ClientT | None:
        return self._clients.get(credentials)

    async def get(self, credentials: CredentialsT) -> ClientT:
        """The client, made on a thread if it is new: to import the SDK and read certificates would block the
        event loop."""
        if client := self.get_cached(credentials):
            return client
        return await asyncio.to_thread(self.get_or_create, credentials)

    def get_or_create(self, credentials: CredentialsT) -> ClientT:
        """The client, made on the calling thread if it is new. Only the MAX_CLIENTS used last are kept."""
        with self._lock:
            if not (client := self._clients.get(credentials)):
                client = self._clients[credentials] = self._create(credentials)
                while len(self._clients) > MAX_CLIENTS:
                    self._clients.popitem(last=False)
            self._clients.move_to_end(credentials)
            return client

    def take_all(self) -> list[ClientT]:
        """Empties the pool and returns what was in it."""
        with self._lock:
            clients = list(self._clients.values())
            self._clients.clear()
            return clients
