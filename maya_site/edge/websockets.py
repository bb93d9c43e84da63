"""The way of a live stream from the handshake to the consumer of its path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import re_path

from maya_site.edge.asgi_types import App, Receive, Scope, Send
from maya_site.edge.origin_check import ExactOriginValidator
from maya_site.edge.request_limits import ConcurrencyLimit, accept_and_close

CLOSE_NOT_FOUND = 4404
MAX_WEBSOCKETS_PER_ADDRESS = 120  # the bar itself turns guests away earlier, and says goodbye
MAX_WEBSOCKETS = 1000


async def reject_unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Closes with 4404. Channels would answer an unknown path with a traceback and a 500."""
    await accept_and_close(receive, send, CLOSE_NOT_FOUND)


def build_websocket_app(patterns: Iterable[Any], origins: Iterable[str]) -> App:
    last: Any = reject_unknown_path  # a path's answer is a view to Django, an application to Channels
    routed = URLRouter([*patterns, re_path("", last)])
    crowd = ConcurrencyLimit(
        CookieMiddleware(routed), "websocket", per_address=MAX_WEBSOCKETS_PER_ADDRESS, total=MAX_WEBSOCKETS
    )
    return ExactOriginValidator(crowd, set(origins))
