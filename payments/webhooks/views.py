"""The door for Stripe's events: no cookie, no session, the raw body, and an answer only after the commit."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from maya_site.lib.counters import STRIPE_EVENTS
from maya_site.lib.errors import Busy
from payments.webhooks import inbox
from payments.webhooks.signed import Forged, Malformed, event_of

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    secrets = [one.strip() for one in settings.STRIPE_WEBHOOK_SECRET.split(",") if one.strip()]
    if not secrets:
        return _said(503, "STRIPE_WEBHOOK_SECRET is not set: no event can be believed.")
    body = _body(request)
    if body is None:
        return _refused("too_big", 413)
    try:
        event = event_of(body, request.headers.get("Stripe-Signature", ""), secrets)
    except Forged:
        return _refused("forged", 400)
    except Malformed:
        return _refused("malformed", 400)
    try:
        return _said(200, inbox.keep(event))
    except Busy:  # they send it again
        return _said(503, "The bar is busy.")


def _body(request: HttpRequest) -> bytes | None:
    length = request.headers.get("Content-Length") or "0"
    if length.isdigit() and int(length) > MOST_BYTES:
        return None
    try:
        return request.body if len(request.body) <= MOST_BYTES else None
    except RequestDataTooBig:
        return None


def _refused(outcome: str, status: int) -> HttpResponse:
    STRIPE_EVENTS.labels("none", outcome).inc()
    logger.warning("an event was refused: %s", outcome)
    return _said(status, outcome)


def _said(status: int, what: str) -> HttpResponse:
    return JsonResponse({"outcome": what}, status=status)
