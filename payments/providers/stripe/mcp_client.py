"""Calls Stripe's MCP server, and classifies failures by where they happened, type and code."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from maya_site.core.errors import ProviderDown, ProviderError, ProviderRejected, ProviderUnclear
from maya_site.core.response_limits import IDENTITY_ENCODING, ResponseLimits
from payments.providers.stripe.objects import StripeObject

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import CallToolResult

T = TypeVar("T")
NAME = "stripe_mcp"
READ_TOOL, WRITE_TOOL = "stripe_api_read", "stripe_api_write"
ACCOUNT_TOOL = "get_stripe_account_info"
# A page of a hundred objects.
RESPONSE_LIMITS = ResponseLimits(
    max_body_bytes=8 << 20, max_event_bytes=4 << 20, max_event_containers=200_000
)
LEGACY_TOOLS = ("create_product", "create_price", "create_payment_link", "update_payment_link")


@dataclass(frozen=True)
class ServerTools:
    """The tools that the server offers, with the names of their parameters."""

    parameters_by_tool: dict[str, frozenset[str]]
    account_id: str = ""

    @property
    def is_legacy(self) -> bool:
        return WRITE_TOOL not in self.parameters_by_tool

    def describe_missing(self) -> str:
        """What the server lacks to create, end and read payment links; "" if nothing."""
        if READ_TOOL not in self.parameters_by_tool:
            return f"it has no {READ_TOOL}, so nobody could say what was paid"
        if self.is_legacy and not set(LEGACY_TOOLS) <= set(self.parameters_by_tool):
            return f"it has neither {WRITE_TOOL} nor all of {', '.join(LEGACY_TOOLS)}"
        if self.is_legacy and "metadata" not in self.parameters_by_tool["create_payment_link"]:
            return "its payment links carry no metadata, so none could be found again"
        return ""


@dataclass
class CallTrace:
    """What happened in one connection. `was_sent`: the tool call itself may have reached the server."""

    http_statuses: list[int] = field(default_factory=list)
    was_sent: bool = False

    async def record_response(self, response: Any) -> None:
        self.http_statuses.append(response.status_code)


def run_with_client(operation: Callable[[Client, CallTrace], Awaitable[T]], *, is_write: bool = False) -> T:
    """Connects, runs `operation` and disconnects, in a new event loop: call it from a thread without one.

    Raises ProviderError.
    """
    line = CallTrace()
    error = asyncio.run(_run_catching(operation, line))
    if isinstance(error, _Success):
        return error.value  # type: ignore[no-any-return]
    if isinstance(error, ProviderError):
        raise error
    raise _to_provider_error(error, line, is_write) from error


@dataclass
class _Success:
    value: Any


async def _run_catching(
    operation: Callable[[Client, CallTrace], Awaitable[T]], trace: CallTrace
) -> _Success | BaseException:
    import httpx2
    from mcp import MCPError

    wanted = (ProviderError, MCPError, httpx2.HTTPError, TimeoutError)
    try:
        async with asyncio.timeout(settings.TILL_CONNECT_SECONDS + settings.TILL_READ_SECONDS):
            return _Success(await _run_connected(operation, trace))
    except wanted as error:
        return error
    except BaseExceptionGroup as group:  # the SDK's task groups wrap errors
        if any(not isinstance(leaf, wanted) for leaf in _leaf_exceptions(group)):
            raise
        return next(_leaf_exceptions(group))


async def _run_connected(operation: Callable[[Client, CallTrace], Awaitable[T]], trace: CallTrace) -> T:
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    from maya_site.core.response_limits_httpx2 import async_limit_response_hook

    key = settings.STRIPE_SECRET_KEY
    patience = httpx2.Timeout(settings.TILL_READ_SECONDS, connect=settings.TILL_CONNECT_SECONDS)
    async with (
        httpx2.AsyncClient(
            headers={**IDENTITY_ENCODING, **({"Authorization": f"Bearer {key}"} if key else {})},
            timeout=patience,
            event_hooks={"response": [trace.record_response, async_limit_response_hook(RESPONSE_LIMITS)]},
        ) as http,
        Client(
            streamable_http_client(settings.STRIPE_MCP_URL, http_client=http),
            read_timeout_seconds=settings.TILL_READ_SECONDS,
            cache=None,
        ) as client,
    ):
        return await operation(client, trace)


def _leaf_exceptions(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaf_exceptions(inner)
    else:
        yield error


def _to_provider_error(error: BaseException, trace: CallTrace, is_write: bool) -> ProviderError:
    status = next((one for one in reversed(trace.http_statuses) if one >= 400), 0)
    said = f"{type(error).__name__} {status or ''}".strip()
    if status in (401, 403):
        return ProviderRejected(NAME, said)
    # A rate-limited request was not processed, and before the call was sent nothing can have been done.
    if status == 429 or not (is_write and trace.was_sent):
        return ProviderDown(NAME, said)
    return ProviderUnclear(NAME, said)


async def call_tool(
    client: Client, trace: CallTrace, tool: str, arguments: StripeObject, *, is_write: bool = False
) -> StripeObject:
    trace.was_sent = True
    result = await client.call_tool(tool, arguments)
    if not result.is_error:
        return _parse_result(result)
    kind = _stripe_error_type(result)
    if kind == "rate_limit_error":
        raise ProviderDown(NAME, kind)
    if kind in ("invalid_request_error", "authentication_error", "card_error"):
        raise ProviderRejected(NAME, kind)
    tools_cache().invalidate()  # the server's tools may have changed
    raise ProviderUnclear(NAME, kind, was_answered=True) if is_write else ProviderDown(NAME, kind)


def _parse_result(result: CallToolResult) -> StripeObject:
    """Newer servers return structured content, older ones JSON as text."""
    if result.structured_content is not None:
        return dict(result.structured_content)
    return _parse_json_text(result)


def _stripe_error_type(result: CallToolResult) -> str:
    """The type in Stripe's error object, wherever the tool put it."""
    error = _parse_json_text(result).get("error")
    return str(error.get("type", "unknown")) if isinstance(error, dict) else "unknown"


def _parse_json_text(result: CallToolResult) -> StripeObject:
    text = next((part.text for part in result.content if part.type == "text"), "")
    try:
        found = json.loads(text[text.find("{") :])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def discover_tools(client: Client, trace: CallTrace) -> ServerTools:
    listed = (await client.list_tools()).tools
    takes = {tool.name: frozenset(tool.input_schema.get("properties", {})) for tool in listed}
    if ACCOUNT_TOOL in takes and any("stripe_context" in names for names in takes.values()):
        account = await call_tool(client, trace, ACCOUNT_TOOL, {})
        return ServerTools(takes, str(account.get("account_id", "")))
    return ServerTools(takes)


@dataclass
class ToolsCache:
    """Caches the server's tools for a while, since they may change."""

    ttl_seconds: float = 300.0
    tools: ServerTools | None = None
    expires_at: float = 0.0

    def invalidate(self) -> None:
        self.expires_at = 0.0

    def get_tools(self) -> ServerTools:
        if self.tools is None or time.monotonic() >= self.expires_at:
            self.tools = run_with_client(discover_tools)
            if lack := self.tools.describe_missing():
                self.tools = None
                raise ProviderRejected(NAME, lack)
            self.expires_at = time.monotonic() + self.ttl_seconds
        return self.tools


TOOLS_CACHES: dict[tuple[str, str], ToolsCache] = {}


def tools_cache() -> ToolsCache:
    return TOOLS_CACHES.setdefault((settings.STRIPE_MCP_URL, settings.STRIPE_SECRET_KEY), ToolsCache())
