"""Maya's one ASGI application: every host serves exactly this.

lifespan -> lower-case headers -> ids -> trusted hop -> http:      guards, static files, lent threads, Django
                                                     -> websocket: exact origin, crowd, cookies, routing
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup(set_prefix=False)

# What follows needs the apps that were just loaded.
from django.conf import settings  # noqa: E402

from bartender.brains import warm  # noqa: E402
from bartender.routing import websocket_urlpatterns  # noqa: E402
from bartender.stream.talk import last_turns  # noqa: E402
from maya_site.jobs.runner import RUNNER  # noqa: E402
from maya_site.lib import tracing  # noqa: E402
from maya_site.lib.last_call import LAST_CALL  # noqa: E402
from maya_site.opening import OPENING  # noqa: E402
from maya_site.web import collected, lag  # noqa: E402
from maya_site.web.alive import Alive  # noqa: E402
from maya_site.web.asgi import App, Receive, Scope, Send  # noqa: E402
from maya_site.web.guards import BodyCap, Crowd, LowerCase, OddRequests, TrustedHop  # noqa: E402
from maya_site.web.handler import OneHop  # noqa: E402
from maya_site.web.headers import NO_PAGE, EveryAnswer  # noqa: E402
from maya_site.web.lifespan import Lifespan  # noqa: E402
from maya_site.web.named import Named  # noqa: E402
from maya_site.web.static import Shelf, StaticFiles  # noqa: E402
from maya_site.web.streams import streams  # noqa: E402
from maya_site.web.threads import LentThreads  # noqa: E402
from rag.keeper import KEEPER  # noqa: E402

EACH_ADDRESS = 100
TOGETHER = 500


def _http() -> App:
    shelf = Shelf(settings.STATIC_ROOT, settings.STATIC_URL, collected=collected.in_use())
    files = StaticFiles(LentThreads(OneHop()), shelf)
    capped = BodyCap(OddRequests(files), settings.MOST_BODY_BYTES)
    crowd = Crowd(capped, "http", each=EACH_ADDRESS, together=TOGETHER)
    return EveryAnswer(Alive(crowd), NO_PAGE)


def _by_kind(http: App, websocket: App) -> App:
    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        await (http if scope["type"] == "http" else websocket)(scope, receive, send)

    return route


def _application() -> App:
    routed = _by_kind(_http(), streams(websocket_urlpatterns, settings.ORIGINS))
    named = LowerCase(Named(TrustedHop(routed, settings.PROXY_HOPS)))
    starts = [RUNNER.start, KEEPER.start, tracing.start, warm, OPENING.start]
    stops = [LAST_CALL.call, last_turns, OPENING.stop, RUNNER.stop, KEEPER.stop]
    return Lifespan(named, starts=starts, stops=stops, on_the_loop=[lag.watch])


application = _application()
