"""The SDK's clients: one for each key in a process, made on a thread, over a transport of our own."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from bartender.brains.gemini.config import GeminiCredentials
from maya_site.core.response_limits import ResponseLimits

if TYPE_CHECKING:
    from google.genai import Client

MAX_CLIENTS = 32  # guests may bring their own keys
# A chunk has some hundred bytes, with a long signature some thousand; the longest reply has some 100,000.
RESPONSE_LIMITS = ResponseLimits(max_body_bytes=2 << 20, max_event_bytes=128 << 10)


class ClientPool:
    """Keeps one client for each set of credentials. Safe to use from any thread."""

    def __init__(self, connect_seconds: float) -> None:
        self.connect_seconds = connect_seconds
        self._clients: OrderedDict[GeminiCredentials, Client] = OrderedDict()
        self._lock = threading.Lock()

    def get_cached(self, credentials: GeminiCredentials) -> Client | None:
        return self._clients.get(credentials)

    async def get(self, credentials: GeminiCredentials) -> Client:
        """The client, made on a thread if it is new: to import the SDK and read certificates would block the
        event loop."""
        if client := self.get_cached(credentials):
            return client
        return await asyncio.to_thread(self.get_or_create, credentials)

    def get_or_create(self, credentials: GeminiCredentials) -> Client:
        """The client, made on the calling thread if it is new. Only the MAX_CLIENTS used last are kept."""
        with self._lock:
            if not (client := self._clients.get(credentials)):
                client = self._clients[credentials] = _create_client(credentials, self.connect_seconds)
                while len(self._clients) > MAX_CLIENTS:
                    self._clients.popitem(last=False)
            self._clients.move_to_end(credentials)
            return client

    def close(self) -> None:
        """Closes all clients. Open streams end by themselves: their connections belong to their loop."""
        with self._lock:
            while self._clients:
                self._clients.popitem()[1].close()


def _create_client(credentials: GeminiCredentials, connect_seconds: float) -> Client:
    from google.genai import Client
    from google.genai.types import HttpOptions, HttpRetryOptions

    from bartender.brains.gemini import response  # noqa: F401  what a turn imports is loaded here, off the loop
    from bartender.brains.gemini.transport import PerLoopTransport
    from maya_site.core.response_limits import IDENTITY_ENCODING
    from maya_site.core.response_limits_httpx2 import async_limit_response_hook, limit_response_hook

    trusted = ssl.create_default_context()
    options = HttpOptions(
        base_url=credentials.base_url or None,
        # Retries and deadlines are ours: the SDK retries silently, and its timeout means something else.
        retry_options=HttpRetryOptions(attempts=1),
        client_args={
            "verify": trusted,
            "headers": IDENTITY_ENCODING,
            "event_hooks": {"response": [limit_response_hook(RESPONSE_LIMITS)]},
        },
        # A transport of our own also keeps the SDK from changing over to aiohttp where that is installed.
        async_client_args={
            "verify": trusted,
            "headers": IDENTITY_ENCODING,
            "event_hooks": {"response": [async_limit_response_hook(RESPONSE_LIMITS)]},
            "transport": PerLoopTransport(trusted, connect_seconds),
        },
    )
    if credentials.key:
        return Client(api_key=credentials.key, enterprise=False, http_options=options)
    return Client(
        enterprise=True, project=credentials.project, location=credentials.location, http_options=options
    )
