"""Stripe by its MCP server: payment links, each for a single payment.

It has no idempotency keys, so after an unclear failure the link is looked up by its metadata before another
one is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from maya_site.core.errors import ProviderRejected, ProviderUnclear
from payments.providers.base import (
    EventClaims,
    LinkState,
    LinkStatus,
    PaymentLink,
    PaymentLinkRequest,
    ProviderDispute,
    ProviderRefund,
    RefundRequest,
    WebhookEvent,
)
from payments.providers.retry import call_with_retry, find_with_retry
from payments.providers.stripe import events, mcp_client, money
from payments.providers.stripe.keys import has_live_key
from payments.providers.stripe.mcp_client import (
    READ_TOOL,
    WRITE_TOOL,
    ServerTools,
    call_tool,
    run_with_client,
)
from payments.providers.stripe.money import to_stripe
from payments.providers.stripe.objects import (
    PAYMENT_METADATA_KEY,
    TAB_METADATA_KEY,
    StripeObject,
    build_line_items,
    itemize,
    parse_checkout_session,
    parse_dispute,
    parse_refund,
    payment_metadata,
    refund_metadata,
)

SINGLE_USE_RESTRICTION = {"completed_sessions": {"limit": 1}}
PAGE_SIZE = 100


class StripeMCPProvider:
    name = mcp_client.NAME
    is_simulated = False

    @property
    def is_live(self) -> bool:
        return has_live_key()

    def probe(self) -> str:
        mcp_client.tools_cache().invalidate()
        mcp_client.tools_cache().get_tools()
        live = self._call_operation(READ_TOOL, "GetBalance", {}).get("livemode")
        return "Stripe by MCP" if live else "Stripe by MCP in test mode, no real money"

    def min_charge_cents(self, currency: str) -> int:
        return money.min_charge(currency)

    def amount_step_cents(self, currency: str) -> int:
        return money.amount_step(currency)

    def create_link(self, request: PaymentLinkRequest) -> PaymentLink:
        wanted = {
            "line_items": build_line_items(request),
            "metadata": payment_metadata(request),
            "payment_intent_data": {"metadata": payment_metadata(request)},
            "restrictions": SINGLE_USE_RESTRICTION,
            "after_completion": {"type": "redirect", "redirect": {"url": request.success_url}},
        }
        try:
            made = (
                self._create_link_legacy(request)
                if _get_tools().is_legacy
                else self._write_operation("PostPaymentLinks", wanted)
            )
        except ProviderUnclear:
            if found := find_with_retry(lambda: self.find_link(request)):
                return found
            raise
        return PaymentLink(url=made["url"], reference=made["id"])

    def find_link(self, request: PaymentLinkRequest) -> PaymentLink | None:
        links = self._list_since("GetPaymentLinks", {}, request.created_at)
        ours = [
            link
            for link in links
            if (link.get("metadata") or {}).get(PAYMENT_METADATA_KEY) == request.payment_code
        ]
        # A link that was paid is inactive, so it is only the second choice.
        found = next((link for link in ours if link["active"]), ours[0] if ours else None)
        return PaymentLink(url=found["url"], reference=found["id"]) if found else None

    def fetch_status(self, reference: str) -> LinkStatus:
        link = self._read_operation("GetPaymentLinksPaymentLink", {"payment_link": reference})
        return self._to_link_status(link, self._list_sessions(reference))

    def cancel_link(self, reference: str) -> LinkStatus:
        """Deactivates the link first, so that no session begins, then expires the open sessions."""
        self._deactivate_link(reference)
        for session in self._list_sessions(reference):
            if session["status"] == "open":
                self._expire_session(session["id"])
        return self.fetch_status(reference)

    def list_links(self, since: datetime) -> Iterator[LinkStatus]:
        for link in self._list_since("GetPaymentLinks", {}, since):
            if (link.get("metadata") or {}).get(PAYMENT_METADATA_KEY):
                yield self._to_link_status(link, self._list_sessions(link["id"]))

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        wanted = {
            "payment_intent": request.intent,
            "amount": to_stripe(request.amount_cents, request.currency),
        }
        wanted["metadata"] = refund_metadata(request)
        try:
            return parse_refund(self._write_operation("PostRefunds", wanted))
        except ProviderUnclear:
            if found := find_with_retry(lambda: self.find_refund(request)):
                return found
            raise

    def fetch_refund(self, reference: str) -> ProviderRefund:
        return parse_refund(self._read_operation("GetRefundsRefund", {"refund": reference}))

    def find_refund(self, request: RefundRequest) -> ProviderRefund | None:
        found = self._list_since("GetRefunds", {"payment_intent": request.intent}, request.created_at)
        return next((one for one in map(parse_refund, found) if one.refund_code == request.refund_code), None)

    def list_refunds(self, since: datetime) -> Iterator[ProviderRefund]:
        return map(parse_refund, self._list_since("GetRefunds", {}, since))

    def list_payment_refunds(self, intent: str) -> Iterator[ProviderRefund]:
        return map(parse_refund, self._list_all("GetRefunds", {"payment_intent": intent}))

    def fetch_dispute(self, reference: str) -> ProviderDispute:
        return parse_dispute(self._read_operation("GetDisputesDispute", {"dispute": reference}))

    def list_disputes(self, since: datetime) -> Iterator[ProviderDispute]:
        return map(parse_dispute, self._list_since("GetDisputes", {}, since))

    def list_events(self, types: Sequence[str], since: datetime) -> Iterator[StripeObject]:
        query = {"types": list(types), "created": {"gte": int(since.timestamp())}}
        return iter(self._list_all("GetEvents", query))

    def parse_event(self, payload: Any) -> WebhookEvent:
        return events.parse_event(payload)

    def parse_signed_event(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        return events.parse_signed_event(body, headers.get(events.SIGNATURE_HEADER, ""))

    def read_claims(self, event: WebhookEvent) -> EventClaims:
        return events.read_claims(event)

    # --- inside ---

    def _to_link_status(self, link: StripeObject, sessions: list[StripeObject]) -> LinkStatus:
        """A link's state is that of its most advanced session. Without a session it has no amount yet."""
        found = [parse_checkout_session(one) for one in sessions]
        state = LinkState.OPEN if link["active"] else LinkState.EXPIRED
        for wanted in (LinkState.PAID, LinkState.PROCESSING, LinkState.OPEN, LinkState.FAILED):
            if any(one.state == wanted for one in found):
                state = wanted
                break
        of_state = next((one for one in found if one.state == state), None)
        said = link.get("metadata") or {}
        return LinkStatus(
            reference=link["id"],
            state=state,
            amount_cents=of_state.amount_cents if of_state else None,
            currency=str(link["currency"]).upper(),
            livemode=bool(link["livemode"]),
            payment_code=said.get(PAYMENT_METADATA_KEY, ""),
            tab_code=said.get(TAB_METADATA_KEY, ""),
            intent=of_state.intent if of_state else "",
            url=link["url"],
        )

    def _list_sessions(self, link_id: str) -> list[StripeObject]:
        query = {"payment_link": link_id, "limit": PAGE_SIZE}
        return list(self._read_operation("GetCheckoutSessions", query)["data"])

    def _create_link_legacy(self, request: PaymentLinkRequest) -> StripeObject:
        """For servers with a tool for each object. Before the last step nothing is payable yet."""
        product = self._call_legacy_tool("create_product", {"name": itemize(request)[0][0]})["id"]
        price = {"product": product, "currency": request.currency.lower()}
        price["unit_amount"] = to_stripe(request.amount_cents, request.currency)
        wanted: StripeObject = {"price": self._call_legacy_tool("create_price", price)["id"], "quantity": 1}
        wanted |= {"metadata": payment_metadata(request)}
        if "restrictions" in _get_tools().parameters_by_tool["create_payment_link"]:
            wanted["restrictions"] = SINGLE_USE_RESTRICTION
        return self._call_legacy_tool("create_payment_link", wanted)

    def _deactivate_link(self, reference: str) -> None:
        wanted = {"payment_link": reference, "active": False}
        if _get_tools().is_legacy:
            self._call_legacy_tool("update_payment_link", wanted)
        else:
            self._write_operation("PostPaymentLinksPaymentLink", wanted)

    def _expire_session(self, session_id: str) -> None:
        if _get_tools().is_legacy:
            return  # older servers have no tool for it: the tab waits until the session is paid or expires
        try:
            self._write_operation("PostCheckoutSessionsSessionExpire", {"session": session_id})
        except ProviderRejected:
            return  # probably just paid: the next status shows it

    def _list_since(self, operation: str, filters: StripeObject, since: datetime) -> list[StripeObject]:
        return self._list_all(operation, {**filters, "created": {"gte": int(since.timestamp()) - 60}})

    def _list_all(self, operation: str, filters: StripeObject) -> list[StripeObject]:
        query: StripeObject = {**filters, "limit": PAGE_SIZE}
        found: list[StripeObject] = []
        while True:
            page = self._read_operation(operation, query)
            found += page["data"]
            if not page.get("has_more"):
                return found
            query["starting_after"] = found[-1]["id"]

    def _read_operation(self, operation: str, parameters: StripeObject) -> Any:
        return call_with_retry(lambda: self._call_operation(READ_TOOL, operation, parameters))

    def _write_operation(self, operation: str, parameters: StripeObject) -> StripeObject:
        return call_with_retry(lambda: self._call_operation(WRITE_TOOL, operation, parameters, is_write=True))

    def _call_operation(
        self, tool: str, operation: str, parameters: StripeObject, *, is_write: bool = False
    ) -> StripeObject:
        tools = _get_tools()
        arguments = {"stripe_api_operation_id": operation, "parameters": parameters} | _account_arguments(
            tools, tool
        )
        return run_with_client(
            lambda client, line: call_tool(client, line, tool, arguments, is_write=is_write),
            is_write=is_write,
        )

    def _call_legacy_tool(self, tool: str, arguments: StripeObject) -> StripeObject:
        arguments = arguments | _account_arguments(_get_tools(), tool)
        return call_with_retry(
            lambda: run_with_client(
                lambda client, line: call_tool(client, line, tool, arguments, is_write=True), is_write=True
            )
        )


def _get_tools() -> ServerTools:
    return mcp_client.tools_cache().get_tools()


def _account_arguments(tools: ServerTools, tool: str) -> StripeObject:
    """Arguments that some servers require, and others do not accept."""
    known = {"livemode": has_live_key(), "stripe_context": tools.account_id}
    return {name: value for name, value in known.items() if name in tools.parameters_by_tool.get(tool, ())}
