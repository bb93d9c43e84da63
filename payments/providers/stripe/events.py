"""Stripe's events: which types we act on, verifying their signature, and reading what they claim."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from payments.providers.base import (
    EventClaims,
    EventTypes,
    InvalidSignature,
    MalformedEvent,
    WebhookEvent,
    WebhookNotConfigured,
)
from payments.providers.stripe.objects import PAYMENT_METADATA_KEY

# Both adapters' events are read by the API's adapter: their format is the same.
EVENT_PROVIDER = "stripe"
TOLERANCE_SECONDS = 300
SIGNATURE_HEADER = "Stripe-Signature"
SESSION_PREFIX, INTENT_PREFIX = "checkout.session.", "payment_intent."
PAID_EVENTS = frozenset(
    {
        f"{SESSION_PREFIX}completed",
        f"{SESSION_PREFIX}async_payment_succeeded",
        f"{INTENT_PREFIX}succeeded",
    }
)
EVENT_TYPES = EventTypes(
    links=PAID_EVENTS
    | {
        f"{SESSION_PREFIX}expired",
        f"{SESSION_PREFIX}async_payment_failed",
        f"{INTENT_PREFIX}payment_failed",
        f"{INTENT_PREFIX}canceled",
    },
    paid=PAID_EVENTS,
    refunds=frozenset(
        {"charge.refunded", "refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
    ),
    disputes=frozenset(
        f"charge.dispute.{what}"
        for what in ("created", "updated", "funds_withdrawn", "funds_reinstated", "closed")
    ),
)


def parse_signed_event(body: bytes, header: str) -> WebhookEvent:
    """Raises WebhookNotConfigured, InvalidSignature or MalformedEvent."""
    secrets = [one.strip() for one in settings.STRIPE_WEBHOOK_SECRET.split(",") if one.strip()]
    if not secrets:
        raise WebhookNotConfigured("STRIPE_WEBHOOK_SECRET is not set: no event can be believed.")
    text = _verify_signature(body, header, secrets)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedEvent from error
    return parse_event(said)


def parse_event(payload: Any) -> WebhookEvent:
    """Parses an event object, from a webhook or from listing. Raises MalformedEvent."""
    match payload:
        case {
            "id": str(name),
            "object": "event",
            "type": str(kind),
            "livemode": bool(live),
            "data": {"object": {"id": str()}},
        } if name and len(name) <= 120:
            account_id = str(payload.get("account") or "")
            return WebhookEvent(EVENT_PROVIDER, name, kind[:120], live, account_id, payload["data"]["object"])
    raise MalformedEvent


def read_claims(event: WebhookEvent) -> EventClaims:
    about = event.data_object
    metadata = about.get("metadata")
    code = metadata.get(PAYMENT_METADATA_KEY) if isinstance(metadata, dict) else ""
    is_intent = event.type.startswith(INTENT_PREFIX)
    is_session = event.type.startswith(SESSION_PREFIX)
    return EventClaims(
        payment_code=str(code or ""),
        intent=str((about["id"] if is_intent else about.get("payment_intent")) or ""),
        link_reference=str(about.get("payment_link") or about["id"]) if is_session else "",
        dispute_reference=str(about["id"]) if event.type in EVENT_TYPES.disputes else "",
    )


def _verify_signature(body: bytes, header: str, secrets: Sequence[str]) -> str:
    from stripe import SignatureVerificationError, WebhookSignature

    # The SDK fails on non-ASCII headers, and accepts any timestamp in the future.
    if not header.isascii() or len(header) > 2000:
        raise InvalidSignature
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MalformedEvent from error
    for secret in secrets:
        try:
            WebhookSignature.verify_header(text, header, secret, TOLERANCE_SECONDS)
        except SignatureVerificationError:
            continue
        if _signed_at(header) <= time.time() + TOLERANCE_SECONDS:
            return text
    raise InvalidSignature


def _signed_at(header: str) -> int:
    """The signature's timestamp: the first one, which is the one the SDK checks."""
    return next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
