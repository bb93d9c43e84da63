"""Is it from Stripe, just now, and an event at all? Anything else is one kind of refusal."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maya_site.lib.errors import MayaError

TOLERANCE = 300


class Forged(MayaError):
    """Not signed by a secret of ours, or not within five minutes of now."""


class Malformed(MayaError):
    """Signed, and no event that we could read."""


@dataclass(frozen=True)
class Event:
    name: str
    type: str
    livemode: bool
    account: str
    thing: dict[str, Any]


def event_of(body: bytes, header: str, secrets: Sequence[str]) -> Event:
    text = _verified(body, header, secrets)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as trouble:
        raise Malformed from trouble
    match said:
        case {
            "id": str(name),
            "object": "event",
            "type": str(kind),
            "livemode": bool(live),
            "data": {"object": {"id": str()}},
        } if name and len(name) <= 120:
            return Event(name, kind[:120], live, str(said.get("account") or ""), said["data"]["object"])
    raise Malformed


def _verified(body: bytes, header: str, secrets: Sequence[str]) -> str:
    from stripe import SignatureVerificationError, WebhookSignature

    # The kit trips over letters beyond ASCII, and believes any time in the future.
    if not header.isascii() or len(header) > 2000:
        raise Forged
    try:
        text = body.decode()
    except UnicodeDecodeError as trouble:
        raise Malformed from trouble
    for secret in secrets:
        try:
            WebhookSignature.verify_header(text, header, secret, TOLERANCE)
        except SignatureVerificationError:
            continue
        if _sent_at(header) <= time.time() + TOLERANCE:
            return text
    raise Forged


def _sent_at(header: str) -> int:
    """The time that was signed: the first one named, as the kit reads it."""
    return next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
