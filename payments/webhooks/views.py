"""The webhook endpoint: no cookie or session, a raw body, and an answer only after the commit."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from maya_site.core.errors import Busy
from maya_site.core.metrics import PROVIDER_EVENTS
from maya_site.core.providers import find_provider
from payments.providers.base import (
    InvalidSignature,
    MalformedEvent,
    PaymentProviderSpec,
    WebhookNotConfigured,
)
from payments.webhooks import inbox

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024


@csrf_exempt
@require_POST
def provider_webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """One endpoint for each provider that sends events; 404 for any other name."""
    spec = find_provider(PaymentProviderSpec, provider)
    if spec is None or not spec.event_types.handled:
        raise Http404
    body = _read_body(request)
    if body is None:
        return _reject("too_big", 413)
    try:
        event = spec.build().parse_signed_event(body, request.headers)
    except WebhookNotConfigured as missing:
        return _outcome_response(503, str(missing))
    except InvalidSignature:
        return _reject("forged", 400)
    except MalformedEvent:
        return _reject("malformed", 400)
    try:
        return _outcome_response(200, inbox.receive_event(event))
    except Busy:  # they send it again
        return _outcome_response(503, "The bar is busy.")


def _read_body(request: HttpRequest) -> bytes | None:
    length = request.headers.get("Content-Length") or "0"
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        return None
    try:
        return request.body if len(request.body) <= MAX_BODY_BYTES else None
    except RequestDataTooBig:
        return None


def _reject(outcome: str, status: int) -> HttpResponse:
    PROVIDER_EVENTS.labels("none", outcome).inc()
    logger.warning("an event was refused: %s", outcome)
    return _outcome_response(status, outcome)


def _outcome_response(status: int, outcome: str) -> HttpResponse:
    return JsonResponse({"outcome": outcome}, status=status)
