"""One call to Stripe's MCP server, and what its failure means: by where it happened, type and code."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from maya_site.lib.errors import ProviderDown, ProviderError, ProviderRejected, ProviderUnclear
from payments.providers.stripe_objects import Object

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import CallToolResult

T = TypeVar("T")
NAME = "stripe_mcp"
READ, WRITE = "stripe_api_read", "stripe_api_write"
ACCOUNT = "get_stripe_account_info"
OLDER = ("create_product", "create_price", "create_payment_link", "update_payment_link")


@dataclass(frozen=True)
class Tools:
    """What the server offers, each tool with the names of what it takes."""

    takes: dict[str, frozenset[str]]
    account: str = ""

    @property
    def older(self) -> bool:
        return WRITE not in self.takes

    def lack(self) -> str:
        """What is missing before money may be trusted to it: it must make, end and read links."""
        if READ not in self.takes:
            return f"it has no {READ}, so nobody could say what was paid"
        if self.older and not set(OLDER) <= set(self.takes):
            return f"it has neither {WRITE} nor all of {', '.join(OLDER)}"
        if self.older and "metadata" not in self.takes["create_payment_link"]:
            return "its payment links carry no metadata, so none could be found again"
        return ""


@dataclass
class Line:
    """A connection for one deed. `sent` says whether the deed itself was on its way when it failed."""

    statuses: list[int] = field(default_factory=list)
    sent: bool = False

    async def heard(self, response: Any) -> None:
        self.statuses.append(response.status_code)


def with_client(work: Callable[[Client, Line], Awaitable[T]], *, writes: bool = False) -> T:
    """Runs in a thread of the caller's; no event loop may run in it."""
    line = Line()
    trouble = asyncio.run(_guarded(work, line))
    if isinstance(trouble, _Done):
        return trouble.answer  # type: ignore[no-any-return]
    if isinstance(trouble, ProviderError):
        raise trouble
    raise _error(trouble, line, writes) from trouble


@dataclass
class _Done:
    answer: Any


async def _guarded(work: Callable[[Client, Line], Awaitable[T]], line: Line) -> _Done | BaseException:
    import httpx2
    from mcp import MCPError

    wanted = (ProviderError, MCPError, httpx2.HTTPError, TimeoutError)
    try:
        async with asyncio.timeout(settings.TILL_CONNECT_SECONDS + settings.TILL_READ_SECONDS):
            return _Done(await _connected(work, line))
    except wanted as trouble:
        return trouble
    except BaseExceptionGroup as group:  # the kit's task groups wrap whatever went wrong
        if any(not isinstance(leaf, wanted) for leaf in _leaves(group)):
            raise
        return next(_leaves(group))


async def _connected(work: Callable[[Client, Line], Awaitable[T]], line: Line) -> T:
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    key = settings.STRIPE_SECRET_KEY
    patience = httpx2.Timeout(settings.TILL_READ_SECONDS, connect=settings.TILL_CONNECT_SECONDS)
    async with (
        httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=patience,
            event_hooks={"response": [line.heard]},
        ) as http,
        Client(
            streamable_http_client(settings.STRIPE_MCP_URL, http_client=http),
            read_timeout_seconds=settings.TILL_READ_SECONDS,
            cache=None,
        ) as client,
    ):
        return await work(client, line)


def _leaves(trouble: BaseException) -> Iterator[BaseException]:
    if isinstance(trouble, BaseExceptionGroup):
        for inner in trouble.exceptions:
            yield from _leaves(inner)
    else:
        yield trouble


def _error(trouble: BaseException, line: Line, writes: bool) -> ProviderError:
    status = next((one for one in reversed(line.statuses) if one >= 400), 0)
    said = f"{type(trouble).__name__} {status or ''}".strip()
    if status in (401, 403):
        return ProviderRejected(NAME, said)
    # Too many requests are turned away at the door; before the deed was sent, nothing can have been done.
    if status == 429 or not (writes and line.sent):
        return ProviderDown(NAME, said)
    return ProviderUnclear(NAME, said)


async def used(client: Client, line: Line, tool: str, arguments: Object, *, writes: bool = False) -> Object:
    line.sent = True
    result = await client.call_tool(tool, arguments)
    if not result.is_error:
        return _object(result)
    kind = _error_type(result)
    if kind == "rate_limit_error":
        raise ProviderDown(NAME, kind)
    if kind in ("invalid_request_error", "authentication_error", "card_error"):
        raise ProviderRejected(NAME, kind)
    probe().forget()  # perhaps its tools are others by now
    raise ProviderUnclear(NAME, kind, answered=True) if writes else ProviderDown(NAME, kind)


def _object(result: CallToolResult) -> Object:
    """Newer servers answer with structure, older ones with JSON as text."""
    if result.structured_content is not None:
        return dict(result.structured_content)
    return _json(result)


def _error_type(result: CallToolResult) -> str:
    """The type in Stripe's error object, wherever the tool put it."""
    error = _json(result).get("error")
    return str(error.get("type", "unknown")) if isinstance(error, dict) else "unknown"


def _json(result: CallToolResult) -> Object:
    text = next((part.text for part in result.content if part.type == "text"), "")
    try:
        found = json.loads(text[text.find("{") :])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def discover(client: Client, line: Line) -> Tools:
    listed = (await client.list_tools()).tools
    takes = {tool.name: frozenset(tool.input_schema.get("properties", {})) for tool in listed}
    if ACCOUNT in takes and any("stripe_context" in names for names in takes.values()):
        told = await used(client, line, ACCOUNT, {})
        return Tools(takes, str(told.get("account_id", "")))
    return Tools(takes)


@dataclass
class Probe:
    """What the server offers, remembered for a while: it has changed its tools before."""

    seconds: float = 300.0
    tools: Tools | None = None
    until: float = 0.0

    def forget(self) -> None:
        self.until = 0.0

    def look(self) -> Tools:
        if self.tools is None or time.monotonic() >= self.until:
            self.tools = with_client(discover)
            if lack := self.tools.lack():
                self.tools = None
                raise ProviderRejected(NAME, lack)
            self.until = time.monotonic() + self.seconds
        return self.tools


PROBES: dict[tuple[str, str], Probe] = {}


def probe() -> Probe:
    return PROBES.setdefault((settings.STRIPE_MCP_URL, settings.STRIPE_SECRET_KEY), Probe())
