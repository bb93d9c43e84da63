"""Live streams on their way in: from the handshake to the consumer that answers the path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import re_path

from maya_site.web.asgi import App, Receive, Scope, Send
from maya_site.web.guards import Crowd, close
from maya_site.web.origins import ExactOrigin

NOT_HERE = 4404
EACH_ADDRESS = 120  # the bar itself turns guests away earlier, and says goodbye
TOGETHER = 1000


async def nobody_here(scope: Scope, receive: Receive, send: Send) -> None:
    """Channels would answer an unknown path with a traceback and a 500."""
    await close(receive, send, NOT_HERE)


def streams(patterns: Iterable[Any], origins: Iterable[str]) -> App:
    last: Any = nobody_here  # a path's answer is a view to Django, an application to Channels
    routed = URLRouter([*patterns, re_path("", last)])
    crowd = Crowd(CookieMiddleware(routed), "websocket", each=EACH_ADDRESS, together=TOGETHER)
    return ExactOrigin(crowd, set(origins))
