"""Parses Stripe's objects, which API and MCP server return alike, and builds the ones we send."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from payments.providers.base import (
    LinkState,
    LinkStatus,
    PaymentLinkRequest,
    ProviderDispute,
    ProviderRefund,
    RefundRequest,
    RefundState,
)
from payments.providers.stripe.money import amount_step, from_stripe, to_stripe

PAYMENT_METADATA_KEY, TAB_METADATA_KEY, REFUND_METADATA_KEY = "maya_payment", "maya_tab", "maya_refund"
StripeObject = dict[str, Any]

_FAILED_INTENTS = {"requires_payment_method", "canceled"}
_REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def payment_metadata(request: PaymentLinkRequest) -> dict[str, str]:
    return {PAYMENT_METADATA_KEY: request.payment_code, TAB_METADATA_KEY: request.tab_code}


def refund_metadata(request: RefundRequest) -> dict[str, str]:
    return {REFUND_METADATA_KEY: request.refund_code, PAYMENT_METADATA_KEY: request.payment_code}


def itemize(request: PaymentLinkRequest) -> list[tuple[str, int]]:
    """Names and minor units of what the guest sees at Stripe: the tab and the tip.

    They are one item where Stripe cannot express the tip alone.
    """
    tab = f"Your tab at {request.venue_name}" if request.venue_name else "Your tab"
    if request.tip_cents % amount_step(request.currency):
        return [(f"{tab}, tip included", request.amount_cents)]
    named = [(tab, request.amount_cents - request.tip_cents), ("Tip, thank you", request.tip_cents)]
    return [(name, cents) for name, cents in named if cents]


def build_line_items(request: PaymentLinkRequest) -> list[StripeObject]:
    currency = request.currency.lower()
    return [
        {
            "quantity": 1,
            "price_data": {
                "currency": currency,
                "unit_amount": to_stripe(cents, request.currency),
                "product_data": {"name": name},
            },
        }
        for name, cents in itemize(request)
    ]


def parse_checkout_session(session: StripeObject) -> LinkStatus:
    """The payment intent may be an id or an expanded object."""
    intent = session.get("payment_intent") or ""
    said = session.get("metadata") or {}
    currency = str(session.get("currency") or "").upper()
    return LinkStatus(
        reference=session["id"],
        state=_session_state(session, intent if isinstance(intent, dict) else {}),
        amount_cents=from_stripe(session.get("amount_total") or 0, currency),
        currency=currency,
        livemode=bool(session["livemode"]),
        payment_code=said.get(PAYMENT_METADATA_KEY, ""),
        tab_code=said.get(TAB_METADATA_KEY, ""),
        intent=intent["id"] if isinstance(intent, dict) else intent,
        url=session.get("url") or "",
    )


def _session_state(session: StripeObject, intent: StripeObject) -> LinkState:
    if session["payment_status"] == "paid":
        return LinkState.PAID
    if session["status"] != "complete":
        return LinkState.EXPIRED if session["status"] == "expired" else LinkState.OPEN
    # The session is complete but the bank has not paid yet: some payment methods take days.
    return LinkState.FAILED if intent.get("status") in _FAILED_INTENTS else LinkState.PROCESSING


def parse_refund(refund: StripeObject) -> ProviderRefund:
    intent = refund.get("payment_intent") or ""
    currency = str(refund["currency"]).upper()
    return ProviderRefund(
        reference=refund["id"],
        state=_REFUND_STATES.get(refund.get("status") or "", RefundState.PENDING),
        amount_cents=from_stripe(refund["amount"], currency),
        currency=currency,
        intent=intent["id"] if isinstance(intent, dict) else intent,
        refund_code=(refund.get("metadata") or {}).get(REFUND_METADATA_KEY, ""),
    )


def parse_dispute(dispute: StripeObject) -> ProviderDispute:
    """The balance transactions tell what the bank took or returned.

    They are in the account's settlement currency; if that differs from the payment's, the whole amount moved.
    """
    currency, intent = str(dispute["currency"]).upper(), dispute.get("payment_intent") or ""
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return ProviderDispute(
        reference=dispute["id"],
        intent=intent["id"] if isinstance(intent, dict) else intent,
        amount_cents=from_stripe(dispute["amount"], currency),
        currency=currency,
        status=str(dispute.get("status") or ""),
        reason=str(dispute.get("reason") or ""),
        due_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        balance_changes=tuple(_balance_changes(dispute, currency)),
    )


def _balance_changes(dispute: StripeObject, currency: str) -> Iterator[tuple[str, int]]:
    for one in dispute.get("balance_transactions") or []:
        sums = int(one["amount"])
        if str(one.get("currency") or currency).upper() != currency:
            sums = int(dispute["amount"]) * (1 if sums > 0 else -1)
        if cents := -from_stripe(abs(sums), currency) if sums > 0 else from_stripe(abs(sums), currency):
            yield one["id"], cents
