"""Lets agents in at /mcp: whether the venue has them, the host, the origin, the token. It loads no MCP
package."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest

from bartender.services.agent_pairings import agents_enabled, find_pairing
from maya_site.core.client_addresses import scope_client_key
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import Busy
from maya_site.core.rate_limits import PAGE_VIEW_LIMIT, RateLimitExceeded, check_rate_limit

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

AGENT_PATH = "/mcp"
UNPAIRED_TEXT = (
    "No agent is paired with this token. Ask the guest for a code from their page (it lives five minutes), "
    "exchange it at /mcp/pair for a token, and send that as `Authorization: Bearer`."
)


@dataclass(frozen=True)
class Admission:
    """`status`: an HTTP status; 200 lets the pairing in, 404 is for whoever answers unknown paths."""

    status: int
    text: str = ""
    pairing_id: int = 0
    retry_after: int = 0


class AgentGateway:
    """Answers /mcp where the venue takes agents; everything else, and a closed door, is the next one's."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != AGENT_PATH:
            return await self.app(scope, receive, send)
        try:
            admission = await run_in_db_thread(_admit, scope)
        except Busy as busy:
            admission = Admission(503, str(busy), retry_after=1)
        if admission.status == 404:
            return await self.app(scope, receive, send)
        if admission.status != 200:
            return await _send_refusal(send, admission)
        server = await asyncio.to_thread(_load_server)
        await server.handle_request({**scope, server.PAIRING_KEY: admission.pairing_id}, receive, send)


def _load_server() -> Any:
    """The first call of an agent pays for the import, in a thread: it takes a second."""
    from bartender.agents import server

    return server


def _admit(scope: Scope) -> Admission:
    if not agents_enabled():
        return Admission(404)
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    try:
        check_rate_limit(PAGE_VIEW_LIMIT, scope_client_key(scope))
        ASGIRequest(scope, BytesIO()).get_host()
    except RateLimitExceeded as exceeded:
        return Admission(429, str(exceeded), retry_after=exceeded.retry_after)
    except DisallowedHost:
        return Admission(400, "Maya does not know this host name.")
    origin = headers.get(b"origin")
    if origin is not None and origin.lower() not in {known.lower() for known in settings.ORIGINS}:
        return Admission(403, "Pages of other sites may not speak for an agent.")
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    pairing = find_pairing(token.strip()) if scheme.lower() == "bearer" else None
    if pairing is None:
        return Admission(401, UNPAIRED_TEXT)
    if scope["method"] != "POST":
        return Admission(405, "Agents speak by POST: there is no session, and no stream to hold open.")
    return Admission(200, pairing_id=pairing.pk)


async def _send_refusal(send: Send, admission: Admission) -> None:
    body = json.dumps({"error": admission.text}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"www-authenticate", b'Bearer realm="maya"')] if admission.status == 401 else []
    headers += [(b"allow", b"POST")] if admission.status == 405 else []
    headers += [(b"retry-after", str(admission.retry_after).encode())] if admission.retry_after else []
    await send({"type": "http.response.start", "status": admission.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
