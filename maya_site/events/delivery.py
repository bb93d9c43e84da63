"""Posts events to whoever wants them: signed, at least once, and again with growing pauses until somebody
says 2xx.

Signatures follow the Standard Webhooks convention, for which receivers find libraries in most languages:
`webhook-id` (the event's, the same at each attempt), `webhook-timestamp`, and `webhook-signature`, the
HMAC-SHA256 of all three.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import logging
from datetime import timedelta

import httpx
from django.db import transaction
from django.utils import timezone

from maya_site.core.release import VERSION
from maya_site.events.destinations import Destination, DestinationRefused, resolve_destination
from maya_site.events.models import SECRET_PREFIX, Event, EventDelivery, EventEndpoint
from maya_site.events.record import DELIVER_TASK, as_json
from maya_site.tasks.enqueue import enqueue

logger = logging.getLogger(__name__)

# After each attempt that failed; then it is given up. A day and a half in all.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 16 * 3600)
)
ATTEMPT_SECONDS = 10.0
MAX_ANSWER_BYTES = 2048
RETENTION = timedelta(days=30)
State = EventDelivery.State


@transaction.atomic
def fan_out(event_id: int) -> int:
    """Makes a delivery and its job for each endpoint that wants the event. Run again it adds nothing. Returns
    how many want it."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        return 0
    wanting = [each for each in EventEndpoint.objects.filter(is_on=True) if each.wants(event.kind)]
    rows = [EventDelivery(event=event, endpoint=endpoint) for endpoint in wanting]
    EventDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    for delivery in event.deliveries.filter(state=State.WAITING, attempts=0):
        enqueue(DELIVER_TASK, f"deliver:{delivery.pk}:0", delivery=delivery.pk)
    return len(wanting)


def deliver(delivery_id: int) -> bool:
    """One attempt. Returns whether the endpoint took it; else the next attempt is a job of its own, or it is
    given up. No lock is held while the endpoint is waited for."""
    delivery = (
        EventDelivery.objects.select_related("event", "endpoint")
        .filter(pk=delivery_id, state=State.WAITING)
        .first()
    )
    if delivery is None:
        return False
    endpoint = delivery.endpoint
    status, answer = post(delivery.event, endpoint) if endpoint.is_on else (None, "the endpoint is off")
    _write_down(delivery, status, answer)
    return delivery.state == State.DELIVERED


def post(event: Event, endpoint: EventEndpoint) -> tuple[int | None, str]:
    """The status and the beginning of the answer; None and why where there was no answer."""
    body = json.dumps(as_json(event), ensure_ascii=False, separators=(",", ":")).encode()
    try:
        return asyncio.run(
            _post(resolve_destination(endpoint.url), body, signed_headers(event, endpoint, body))
        )
    except DestinationRefused as refusal:
        return None, str(refusal)
    except TimeoutError:
        return None, f"no answer within {ATTEMPT_SECONDS:.0f} seconds"
    except (httpx.HTTPError, OSError) as error:
        return None, f"{type(error).__name__}: {error}"


async def _post(to: Destination, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    address = f"[{to.address}]" if ":" in to.address else to.address
    pinned = httpx.URL(to.url).copy_with(host=address.strip("[]"), port=to.port)
    netloc = httpx.URL(to.url).netloc.decode()
    async with (
        asyncio.timeout(ATTEMPT_SECONDS),
        httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=ATTEMPT_SECONDS) as client,
        client.stream(
            "POST",
            pinned,
            content=body,
            headers=headers | {"Host": netloc},
            extensions={"sni_hostname": to.host},  # the certificate must be that of the name
        ) as answer,
    ):
        said = b""
        async for chunk in answer.aiter_raw():
            said += chunk
            if len(said) >= MAX_ANSWER_BYTES:
                break
        return answer.status_code, said[:MAX_ANSWER_BYTES].decode(errors="replace")


def signed_headers(event: Event, endpoint: EventEndpoint, body: bytes) -> dict[str, str]:
    sent_at = str(int(timezone.now().timestamp()))
    return {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"Maya/{VERSION}",
        "webhook-id": str(event.uuid),
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{sign(endpoint.secret, str(event.uuid), sent_at, body)}",
    }


def sign(secret: str, event_id: str, sent_at: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 of `id.timestamp.body`, by the bytes that the secret stands for."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = secret.encode()  # one that somebody typed
    signed = f"{event_id}.{sent_at}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@transaction.atomic
def _write_down(delivery: EventDelivery, status: int | None, answer: str) -> None:
    delivery.attempts += 1
    delivery.attempted_at, delivery.status = timezone.now(), status
    delivery.answer = answer.replace("\0", "")[:500]
    if status is not None and 200 <= status < 300:
        delivery.state = State.DELIVERED
    elif delivery.attempts > len(PAUSES):
        delivery.state = State.GIVEN_UP
        logger.error("an event was given up for %s", delivery.endpoint.name)
    else:
        pause = PAUSES[delivery.attempts - 1]
        key = f"deliver:{delivery.pk}:{delivery.attempts}"
        enqueue(DELIVER_TASK, key, after=pause, delivery=delivery.pk)
    delivery.save(update_fields=["state", "attempts", "attempted_at", "status", "answer"])


def delete_old_events() -> int:
    """Events of more than thirty days, with their deliveries. Returns how many rows went."""
    rows, _by_model = Event.objects.filter(at__lt=timezone.now() - RETENTION).delete()
    return rows
