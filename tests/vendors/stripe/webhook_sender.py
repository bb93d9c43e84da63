"""Whoever brings Stripe's events to the house: signed, and as often, as late and as mixed up as we like."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from django.test import Client

from payments.webhooks import inbox
from tests.vendors.stripe.account import StripeObject

WEBHOOK_PATH = "/payments/stripe/webhook/"


def signature(body: str | bytes, secret: str, at: float | None = None, scheme: str = "v1") -> str:
    moment = int(time.time() if at is None else at)
    whole = body.encode() if isinstance(body, str) else body
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + whole, hashlib.sha256).hexdigest()
    return f"t={moment},{scheme}={mac}"


def post_event(event: StripeObject | str | bytes, secret: str, header: str | None = None, **more: Any) -> Any:
    """The answer of the bar."""
    body = event if isinstance(event, str | bytes) else json.dumps(event)
    said = signature(body, secret, **more) if header is None else header
    return Client().post(
        WEBHOOK_PATH, data=body, content_type="application/json", headers={"Stripe-Signature": said}
    )


def process_event(event: StripeObject, secret: str) -> str:
    """What the bar made of it, once it has looked into it."""
    assert post_event(event, secret).status_code == 200
    return inbox.process_event(event["id"])
