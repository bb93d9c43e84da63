"""The SDK's client, made on a thread, over a transport of our own."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from bartender.brains.llm.client_pool import ClientPool as BaseClientPool
from bartender.brains.openai_compatible.config import ServerAddress
from maya_site.core.response_limits import ResponseLimits

if TYPE_CHECKING:
    from openai import AsyncOpenAI

# A chunk has some hundred bytes for a few letters; a call may come in one.
RESPONSE_LIMITS = ResponseLimits(max_body_bytes=4 << 20, max_event_bytes=128 << 10)
NO_KEY = "none"  # the SDK insists on one


class ClientPool(BaseClientPool[ServerAddress, "AsyncOpenAI"]):
    """Connections belong to their event loop and are closed with it, so there is nothing to close here."""

    def __init__(self, connect_seconds: float) -> None:
        super().__init__(lambda address: _create_client(address, connect_seconds))


def _create_client(address: ServerAddress, connect_seconds: float) -> AsyncOpenAI:
    import httpx2
    from openai import AsyncOpenAI

    from bartender.brains.llm.transport import PerLoopTransport
    from bartender.brains.openai_compatible import response  # noqa: F401  what a turn imports is loaded here, off the loop
    from maya_site.core.response_limits import IDENTITY_ENCODING
    from maya_site.core.response_limits_httpx2 import async_limit_response_hook

    client = AsyncOpenAI(
        api_key=address.key or NO_KEY,
        base_url=address.api_url,
        max_retries=0,  # retries and deadlines are ours
        timeout=None,
        http_client=httpx2.AsyncClient(
            headers=IDENTITY_ENCODING,
            event_hooks={"response": [async_limit_response_hook(RESPONSE_LIMITS)]},
            transport=PerLoopTransport(ssl.create_default_context(), connect_seconds),
        ),
    )
    # The SDK takes them from the environment, and they are no business of this server's.
    client.organization = client.project = None
    return client
