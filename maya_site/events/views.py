"""The feed: what happened, oldest first, for whoever would rather ask than be told."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maya_site.events.models import Event
from maya_site.events.record import as_json, is_on

MAX_EVENTS = 200
# Transactions end in another order than they began: until then nobody may have passed their place.
SETTLE = timedelta(seconds=10)


@require_safe
def feed(request: HttpRequest) -> JsonResponse:
    """`after` is the sequence of the last event that the caller has; `limit` is up to 200."""
    if not is_on():
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), settings.EVENTS_TOKEN.encode()):
        refused = JsonResponse(
            {"error": "Send Authorization: Bearer with the bar's EVENTS_TOKEN."}, status=401
        )
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    try:
        after, limit = _number(request, "after", 0), _number(request, "limit", 100)
    except ValueError:
        return JsonResponse({"error": "after and limit must be whole numbers, 0 or more."}, status=400)
    rows = Event.objects.filter(pk__gt=after, at__lte=timezone.now() - SETTLE)[: min(limit, MAX_EVENTS)]
    events = [as_json(event) for event in rows]
    return JsonResponse({"events": events, "after": events[-1]["sequence"] if events else after})


def _number(request: HttpRequest, name: str, default: int) -> int:
    """Raises ValueError."""
    said = request.GET.get(name, "") or str(default)
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise ValueError
    return int(said)
