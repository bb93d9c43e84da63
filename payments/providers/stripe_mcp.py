"""Stripe through its MCP server: payment links, each for one payment. It has no idempotency keys, so after an
unclear failure the link is looked for by its metadata before another one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from maya_site.lib.errors import ProviderRejected, ProviderUnclear
from payments.providers import has_live_key, mcp_calls
from payments.providers.base import Ask, Link, LinkState, RefundAsk, Refunded, Seen
from payments.providers.calls import persist, searched
from payments.providers.mcp_calls import READ, WRITE, Tools, used, with_client
from payments.providers.stripe_objects import (
    PAYMENT,
    TAB,
    Object,
    lines,
    metadata,
    refund_metadata,
    refunded,
    seen_session,
)

ONCE = {"completed_sessions": {"limit": 1}}
MOST = 100


class StripeMCPTill:
    name = mcp_calls.NAME
    simulated = False

    def probe(self) -> str:
        mcp_calls.probe().forget()
        mcp_calls.probe().look()
        live = self._called(READ, "GetBalance", {}).get("livemode")
        return "Stripe by MCP" if live else "Stripe by MCP in test mode, no real money"

    def create_link(self, ask: Ask) -> Link:
        wanted = {
            "line_items": lines(ask),
            "metadata": metadata(ask),
            "payment_intent_data": {"metadata": metadata(ask)},
            "restrictions": ONCE,
            "after_completion": {"type": "redirect", "redirect": {"url": ask.success_url}},
        }
        try:
            made = self._older_link(ask) if _tools().older else self._write("PostPaymentLinks", wanted)
        except ProviderUnclear:
            if found := searched(lambda: self.find(ask)):
                return found
            raise
        return Link(url=made["url"], reference=made["id"])

    def find(self, ask: Ask) -> Link | None:
        links = self._pages("GetPaymentLinks", {}, ask.made_at)
        ours = [link for link in links if (link.get("metadata") or {}).get(PAYMENT) == ask.payment]
        # One that was paid meanwhile is not active any more.
        found = next((link for link in ours if link["active"]), ours[0] if ours else None)
        return Link(url=found["url"], reference=found["id"]) if found else None

    def look(self, reference: str) -> Seen:
        link = self._read("GetPaymentLinksPaymentLink", {"payment_link": reference})
        return self._seen(link, self._sessions(reference))

    def cancel_link(self, reference: str) -> Seen:
        """Closed to newcomers first; then whoever has its page open already is turned away."""
        self._deactivate(reference)
        for session in self._sessions(reference):
            if session["status"] == "open":
                self._turn_away(session["id"])
        return self.look(reference)

    def recent(self, since: datetime) -> Iterator[Seen]:
        for link in self._pages("GetPaymentLinks", {}, since):
            if (link.get("metadata") or {}).get(PAYMENT):
                yield self._seen(link, self._sessions(link["id"]))

    def refund(self, ask: RefundAsk) -> Refunded:
        wanted = {"payment_intent": ask.intent, "amount": ask.cents, "metadata": refund_metadata(ask)}
        try:
            return refunded(self._write("PostRefunds", wanted))
        except ProviderUnclear:
            if found := searched(lambda: self.find_refund(ask)):
                return found
            raise

    def look_refund(self, reference: str) -> Refunded:
        return refunded(self._read("GetRefundsRefund", {"refund": reference}))

    def find_refund(self, ask: RefundAsk) -> Refunded | None:
        found = self._pages("GetRefunds", {"payment_intent": ask.intent}, ask.made_at)
        return next((one for one in map(refunded, found) if one.refund == ask.refund), None)

    def recent_refunds(self, since: datetime) -> Iterator[Refunded]:
        return map(refunded, self._pages("GetRefunds", {}, since))

    # --- inside ---

    def _seen(self, link: Object, sessions: list[Object]) -> Seen:
        """A link is as the furthest of its sessions. One that nobody opened has no amount of its own yet."""
        found = [seen_session(one) for one in sessions]
        state = LinkState.OPEN if link["active"] else LinkState.EXPIRED
        for wanted in (LinkState.PAID, LinkState.PROCESSING, LinkState.OPEN, LinkState.FAILED):
            if any(one.state == wanted for one in found):
                state = wanted
                break
        of_state = next((one for one in found if one.state == state), None)
        said = link.get("metadata") or {}
        return Seen(
            reference=link["id"],
            state=state,
            cents=of_state.cents if of_state else None,
            currency=str(link["currency"]).upper(),
            livemode=bool(link["livemode"]),
            payment=said.get(PAYMENT, ""),
            tab=said.get(TAB, ""),
            intent=of_state.intent if of_state else "",
            url=link["url"],
        )

    def _sessions(self, link: str) -> list[Object]:
        asked = {"payment_link": link, "limit": MOST}
        return list(self._read("GetCheckoutSessions", asked)["data"])

    def _older_link(self, ask: Ask) -> Object:
        """A product, a price, a link. What breaks off before the link is made leaves nothing payable."""
        product = self._use("create_product", {"name": "Your tab at MOK 5-ha"})["id"]
        price = {"product": product, "unit_amount": ask.cents, "currency": ask.currency.lower()}
        wanted: Object = {"price": self._use("create_price", price)["id"], "quantity": 1}
        wanted |= {"metadata": metadata(ask)}
        if "restrictions" in _tools().takes["create_payment_link"]:
            wanted["restrictions"] = ONCE
        return self._use("create_payment_link", wanted)

    def _deactivate(self, reference: str) -> None:
        wanted = {"payment_link": reference, "active": False}
        if _tools().older:
            self._use("update_payment_link", wanted)
        else:
            self._write("PostPaymentLinksPaymentLink", wanted)

    def _turn_away(self, session: str) -> None:
        if _tools().older:
            return  # the older tools cannot: the guest is through or leaves, and until then the tab waits
        try:
            self._write("PostCheckoutSessionsSessionExpire", {"session": session})
        except ProviderRejected:
            return  # paid a moment ago: whoever looks next sees it

    def _pages(self, operation: str, only: Object, since: datetime) -> list[Object]:
        asked: Object = {**only, "limit": MOST, "created": {"gte": int(since.timestamp()) - 60}}
        found: list[Object] = []
        while True:
            page = self._read(operation, asked)
            found += page["data"]
            if not page.get("has_more"):
                return found
            asked["starting_after"] = found[-1]["id"]

    def _read(self, operation: str, parameters: Object) -> Any:
        return persist(lambda: self._called(READ, operation, parameters))

    def _write(self, operation: str, parameters: Object) -> Object:
        return persist(lambda: self._called(WRITE, operation, parameters, writes=True))

    def _called(self, tool: str, operation: str, parameters: Object, *, writes: bool = False) -> Object:
        tools = _tools()
        arguments = {"stripe_api_operation_id": operation, "parameters": parameters} | _about(tools, tool)
        return with_client(
            lambda client, line: used(client, line, tool, arguments, writes=writes), writes=writes
        )

    def _use(self, tool: str, arguments: Object) -> Object:
        arguments = arguments | _about(_tools(), tool)
        return persist(
            lambda: with_client(
                lambda client, line: used(client, line, tool, arguments, writes=True), writes=True
            )
        )


def _tools() -> Tools:
    return mcp_calls.probe().look()


def _about(tools: Tools, tool: str) -> Object:
    """Some sessions must say for whom they ask; others refuse to be told."""
    known = {"livemode": has_live_key(), "stripe_context": tools.account}
    return {name: value for name, value in known.items() if name in tools.takes.get(tool, ())}
