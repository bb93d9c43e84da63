"""The SDK's clients: one for each key in a process, made on a thread, over a transport of our own."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.llm.client_pool import ClientPool as BaseClientPool
from maya_site.core.response_limits import ResponseLimits

if TYPE_CHECKING:
    from google.genai import Client

# A chunk has some hundred bytes, with a long signature some thousand; the longest reply has some 100,000.
RESPONSE_LIMITS = ResponseLimits(max_body_bytes=2 << 20, max_event_bytes=128 << 10)


class ClientPool(BaseClientPool[GeminiCredentials, "Client"]):
    """Clients over a transport of our own."""

    def __init__(self, connect_seconds: float) -> None:
        super().__init__(lambda credentials: _create_client(credentials, connect_seconds))

    def close(self) -> None:
        """Closes all clients. Open streams end by themselves: their connections belong to their loop."""
        for client in self.take_all():
            client.close()


def _create_client(credentials: GeminiCredentials, connect_seconds: float) -> Client:
    from google.genai import Client
    from google.genai.types import HttpOptions, HttpRetryOptions

    from bartender.brains.gemini import response  # noqa: F401  what a turn imports is loaded here, off the loop
    from bartender.brains.llm.transport import PerLoopTransport
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
