"""Stripe's objects, as both ways to Stripe return them, and the words we send with them."""

from __future__ import annotations

from typing import Any

from payments.providers.base import Ask, LinkState, RefundAsk, Refunded, RefundState, Seen

PAYMENT, TAB, REFUND = "maya_payment", "maya_tab", "maya_refund"
Object = dict[str, Any]

_FAILED_INTENTS = {"requires_payment_method", "canceled"}
_REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def metadata(ask: Ask) -> dict[str, str]:
    return {PAYMENT: ask.payment, TAB: ask.tab}


def refund_metadata(ask: RefundAsk) -> dict[str, str]:
    return {REFUND: ask.refund, PAYMENT: ask.payment}


def rows(ask: Ask) -> list[tuple[str, int]]:
    """What the guest reads at Stripe: the tab, and the tip as a line of its own."""
    named = [("Your tab at MOK 5-ha", ask.cents - ask.tip_cents), ("Tip, thank you", ask.tip_cents)]
    return [(name, cents) for name, cents in named if cents]


def lines(ask: Ask) -> list[Object]:
    currency = ask.currency.lower()
    return [
        {
            "quantity": 1,
            "price_data": {
                "currency": currency,
                "unit_amount": cents,
                "product_data": {"name": name},
            },
        }
        for name, cents in rows(ask)
    ]


def seen_session(session: Object) -> Seen:
    """A Checkout Session. Its intent may be a name or the whole object."""
    intent = session.get("payment_intent") or ""
    said = session.get("metadata") or {}
    return Seen(
        reference=session["id"],
        state=_state(session, intent if isinstance(intent, dict) else {}),
        cents=session.get("amount_total") or 0,
        currency=str(session.get("currency") or "").upper(),
        livemode=bool(session["livemode"]),
        payment=said.get(PAYMENT, ""),
        tab=said.get(TAB, ""),
        intent=intent["id"] if isinstance(intent, dict) else intent,
        url=session.get("url") or "",
    )


def _state(session: Object, intent: Object) -> LinkState:
    if session["payment_status"] == "paid":
        return LinkState.PAID
    if session["status"] != "complete":
        return LinkState.EXPIRED if session["status"] == "expired" else LinkState.OPEN
    # The guest is through, the bank is not: some ways to pay take days.
    return LinkState.FAILED if intent.get("status") in _FAILED_INTENTS else LinkState.PROCESSING


def refunded(refund: Object) -> Refunded:
    intent = refund.get("payment_intent") or ""
    return Refunded(
        reference=refund["id"],
        state=_REFUND_STATES.get(refund.get("status") or "", RefundState.PENDING),
        cents=refund["amount"],
        currency=str(refund["currency"]).upper(),
        intent=intent["id"] if isinstance(intent, dict) else intent,
        refund=(refund.get("metadata") or {}).get(REFUND, ""),
    )
