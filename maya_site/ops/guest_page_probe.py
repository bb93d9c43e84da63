"""Asks for the guests' page as a guest does: through every layer of the application, under the bar's own
address.

`/healthz` itself skips the check of the Host header, so without this it would be well while every guest is
refused.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils.module_loading import import_string

ADDRESS_SETTINGS = ("PUBLIC_URL", "MODAL_WEB_URL")
ANSWER_SECONDS = 30.0
TIMEOUT_SECONDS = 10.0
# A bar that is full, or whose database is away, says so in parts of its own.
SERVED = {200, 429, 503}


@dataclass
class GuestPageProbe:
    """The last answer is kept for half a minute: monitors ask often, and a page costs some milliseconds."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _addresses: dict[str, str] = field(default_factory=dict)
    _valid_until: float = 0.0
    _refusal: str = ""

    def refusal(self) -> str:
        """What guests are answered in place of their page, in words for staff, or "". Blocks meanwhile."""
        addresses = {name: getattr(settings, name) for name in ADDRESS_SETTINGS if getattr(settings, name)}
        with self._lock:
            if self._addresses != addresses or time.monotonic() >= self._valid_until:
                refusals = (_ask_refusal(name, address) for name, address in addresses.items())
                self._refusal = next(filter(None, refusals), "")
                self._addresses, self._valid_until = addresses, time.monotonic() + ANSWER_SECONDS
            return self._refusal

    def clear(self) -> None:
        self._addresses = {}


GUEST_PAGE_PROBE = GuestPageProbe()


def _ask_refusal(name: str, address: str) -> str:
    """`name` is the setting that the address comes from: the answer shows no address."""
    try:
        status = async_to_sync(_ask)(address)
    except TimeoutError:  # a busy machine's, and no refusal: closing the bar would help nobody
        return ""
    if status in SERVED:
        return ""
    why = ": its host is not in ALLOWED_HOSTS" if status == 400 else ""
    return f"a guest of {name} is answered {status}{why}"


async def _ask(address: str) -> int:
    application = import_string(settings.ASGI_APPLICATION)
    found: list[int] = []
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "http.request"})

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            found.append(int(message["status"]))

    async with asyncio.timeout(TIMEOUT_SECONDS):
        await application(_scope(address), messages.get, send)
    return found[0]


def _scope(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    # After our own proxies, if there are any, the scheme is what they say.
    headers = [(b"host", parts.netloc.encode()), (b"x-forwarded-proto", parts.scheme.encode())]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": parts.scheme,
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": None,
        "server": None,
    }
