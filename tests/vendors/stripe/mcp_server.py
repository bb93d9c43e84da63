"""Stripe's MCP server over the same books, made with the official SDK: both generations of its tools.

`meta`: stripe_api_write and stripe_api_read, as the hosted one has had them since 2026; `context`: the same,
for a session that must say for whom. `legacy`: create_product, create_price, create_payment_link,
update_payment_link, and stripe_api_read; `blind`: legacy, and nothing to read with.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.vendors.line import break_line
from tests.vendors.stripe.account import StripeAccount, StripeApiError, StripeObject, public_object

if TYPE_CHECKING:
    from tests.vendors.stripe.api import ScriptedStripe


class StripeMCP:
    def __init__(self, stripe: ScriptedStripe) -> None:
        self.stripe = stripe
        self.server = MCPServer("stripe")
        self.offered: list[str] = []
        self.offer(stripe.tools)

    def offer(self, generation: str) -> None:
        """The hosted server has changed its tools before."""
        for name in self.offered:
            self.server.remove_tool(name)
        tools: list[Callable[..., Any]] = [self.create_product, self.create_price, self.create_payment_link]
        tools += [self.update_payment_link]
        if generation in ("meta", "context"):
            meta = generation == "meta"
            tools = [self.stripe_api_write] if meta else [self.write_in_context, self.get_stripe_account_info]
        if generation != "blind":
            tools.append(self.stripe_api_read)
        for tool in tools:
            name = "stripe_api_write" if tool == self.write_in_context else tool.__name__
            self.server.add_tool(tool, name=name)
        self.offered = [tool.name for tool in self.server._tool_manager.list_tools()]

    # --- tools ---

    async def stripe_api_write(
        self, stripe_api_operation_id: str, parameters: dict[str, Any]
    ) -> StripeObject:
        """Write data via any Stripe API POST operation"""
        return await self._run(stripe_api_operation_id, parameters, WRITES)

    async def write_in_context(
        self, stripe_api_operation_id: str, parameters: dict[str, Any], stripe_context: str, livemode: bool
    ) -> StripeObject:
        """Write data via any Stripe API POST operation, for a session that must say for whom"""
        if (stripe_context, livemode) != ("acct_scripted", self.stripe.books.livemode):
            raise _error("invalid_request_error", "neither this account nor this mode")
        return await self._run(stripe_api_operation_id, parameters, WRITES)

    async def stripe_api_read(self, stripe_api_operation_id: str, parameters: dict[str, Any]) -> StripeObject:
        """Read data from any Stripe API GET operation"""
        return await self._run(stripe_api_operation_id, parameters, READS)

    async def get_stripe_account_info(self) -> StripeObject:
        return {"account_id": "acct_scripted", "display_name": "MOK 5-ha"}

    async def create_product(self, name: str) -> StripeObject:
        return await self._run("PostProducts", {"name": name}, WRITES)

    async def create_price(self, product: str, unit_amount: int, currency: str) -> StripeObject:
        asked = {"product": product, "unit_amount": unit_amount, "currency": currency}
        return await self._run("PostPrices", asked, WRITES)

    async def create_payment_link(
        self,
        price: str,
        quantity: int,
        metadata: dict[str, str] | None = None,
        restrictions: dict[str, Any] | None = None,
    ) -> StripeObject:
        lines = [{"price": price, "quantity": quantity}]
        asked = {"line_items": lines, "metadata": metadata, "restrictions": restrictions}
        return await self._run("PostPaymentLinks", asked, WRITES)

    async def update_payment_link(self, payment_link: str, active: bool) -> StripeObject:
        asked = {"payment_link": payment_link, "active": active}
        return await self._run("PostPaymentLinksPaymentLink", asked, WRITES)

    async def _run(self, operation: str, asked: StripeObject, known: dict[str, Operation]) -> StripeObject:
        self.stripe.asked.append(("MCP", operation))
        fault = self.stripe.next_fault(f"MCP {operation}")
        await asyncio.sleep(self.stripe.delay)
        if fault and not fault.endswith(" after"):
            await self._fail(fault)
        if operation not in known:
            raise _error("invalid_request_error", f"Unknown operation {operation}")
        try:
            with self.stripe.books.lock:
                made = known[operation](self.stripe.books, asked)
        except StripeApiError as refusal:
            raise ToolError(json.dumps(refusal.body)) from refusal
        if fault:
            await self._fail(fault)
        return made

    async def _fail(self, fault: str) -> None:
        if fault.startswith("timeout"):
            await asyncio.sleep(self.stripe.hang)
        if fault.startswith("reset"):
            break_line()
        kinds = {"forbidden": "invalid_request_error", "500": "api_error", "429": "rate_limit_error"}
        raise _error(kinds.get(fault.removesuffix(" after"), "api_error"), "told to fail")

    # --- the door ---

    def application(self) -> ASGIApp:
        inner = self.server.streamable_http_app(
            streamable_http_path="/mcp", stateless_http=True, json_response=True
        )

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            shown = dict(scope["headers"]).get(b"authorization", b"").decode()
            self.stripe.asked.append(("POST", "/mcp"))
            fault = self.stripe.next_fault("POST /mcp")
            if fault == "reset":
                return break_line()
            if fault or shown != f"Bearer {self.stripe.key}":
                status = int(fault.partition(" ")[0] or 401) if fault else 401
                return await JSONResponse({"error": "refused"}, status)(scope, receive, send)
            await inner(scope, receive, send)

        return guarded

    @asynccontextmanager
    async def lifespan(self, _application: Any) -> AsyncIterator[None]:
        async with self.server.session_manager.run():
            yield


def _error(kind: str, message: str) -> ToolError:
    return ToolError(json.dumps({"error": {"type": kind, "message": message}}))


Operation = Callable[[StripeAccount, StripeObject], StripeObject]


def _page(kind: str, *by: str) -> Operation:
    from tests.vendors.stripe.api import list_objects

    return lambda books, asked: list_objects(books, kind, asked, *by)


def _one(kind: str, name: str) -> Operation:
    return lambda books, asked: public_object(books.get(kind, asked[name]))


WRITES: dict[str, Operation] = {
    "PostPaymentLinks": lambda books, asked: public_object(books.make_link(asked)),
    "PostPaymentLinksPaymentLink": lambda books, asked: public_object(
        books.change_link(asked["payment_link"], asked)
    ),
    "PostCheckoutSessionsSessionExpire": lambda books, asked: public_object(
        books.expire_session(asked["session"])
    ),
    "PostProducts": lambda books, asked: public_object(books.make_product(asked)),
    "PostPrices": lambda books, asked: public_object(books.make_price(asked)),
    "PostRefunds": lambda books, asked: public_object(books.make_refund(asked)),
}
READS: dict[str, Operation] = {
    "GetPaymentLinksPaymentLink": _one("payment_link", "payment_link"),
    "GetPaymentLinks": lambda books, asked: _page("payment_link")(books, asked),
    "GetCheckoutSessions": lambda books, asked: _page("checkout.session", "payment_link")(books, asked),
    "GetRefundsRefund": _one("refund", "refund"),
    "GetRefunds": lambda books, asked: _page("refund", "payment_intent")(books, asked),
    "GetDisputesDispute": _one("dispute", "dispute"),
    "GetDisputes": lambda books, asked: _page("dispute", "payment_intent")(books, asked),
    "GetEvents": lambda books, asked: _page("event")(books, asked),
    "GetBalance": lambda books, _asked: {
        "object": "balance",
        "livemode": books.livemode,
        "available": [],
    },
}
