"""Maya's one ASGI application. Every host serves exactly this.

lifespan -> header names -> request id -> trusted proxy -> http:      headers, limits, static files, Django
                                                        -> websocket: origin, limit, cookies, routing
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup(set_prefix=False)

# What follows needs the apps that were just loaded.
from django.conf import settings  # noqa: E402

from bartender.agents.gateway import AgentGateway  # noqa: E402
from bartender.brains import current_language_model, warm_up  # noqa: E402
from bartender.claim_gate import classifier  # noqa: E402
from bartender.realtime.turns import finish_running_turns  # noqa: E402
from bartender.routing import websocket_urlpatterns  # noqa: E402
from maya_site.core import tracing  # noqa: E402
from maya_site.core.shutdown_signal import SHUTDOWN  # noqa: E402
from maya_site.edge import collected_static, event_loop_lag  # noqa: E402
from maya_site.edge.asgi_types import App, Receive, Scope, Send  # noqa: E402
from maya_site.edge.handler import SingleThreadHandler  # noqa: E402
from maya_site.edge.lifespan import LifespanMiddleware  # noqa: E402
from maya_site.edge.liveness import LivenessMiddleware  # noqa: E402
from maya_site.edge.request_id import RequestIdMiddleware  # noqa: E402
from maya_site.edge.request_limits import (  # noqa: E402
    BodySizeLimit,
    ConcurrencyLimit,
    HeaderNormalizer,
    RequestValidator,
    TrustedProxyMiddleware,
)
from maya_site.edge.request_threads import RequestThreadPool  # noqa: E402
from maya_site.edge.response_headers import NON_PAGE_HEADERS, DefaultHeaders  # noqa: E402
from maya_site.edge.static_files import StaticFiles, StaticIndex  # noqa: E402
from maya_site.edge.websockets import build_websocket_app  # noqa: E402
from maya_site.ops.startup_log import STARTUP_LOG  # noqa: E402
from maya_site.tasks.in_process_worker import IN_PROCESS_WORKER  # noqa: E402
from rag.refresher import INDEX_REFRESHER  # noqa: E402

MAX_REQUESTS_PER_ADDRESS = 100
MAX_REQUESTS = 500


def _build_http_app() -> App:
    shelf = StaticIndex(settings.STATIC_ROOT, settings.STATIC_URL, is_collected=collected_static.is_in_use())
    files = StaticFiles(RequestThreadPool(SingleThreadHandler()), shelf)
    capped = BodySizeLimit(RequestValidator(AgentGateway(files)), settings.MAX_BODY_BYTES)
    crowd = ConcurrencyLimit(capped, "http", per_address=MAX_REQUESTS_PER_ADDRESS, total=MAX_REQUESTS)
    return DefaultHeaders(LivenessMiddleware(crowd), NON_PAGE_HEADERS)


def _route_by_scope_type(http: App, websocket: App) -> App:
    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        await (http if scope["type"] == "http" else websocket)(scope, receive, send)

    return route


def _build_application() -> App:
    routed = _route_by_scope_type(
        _build_http_app(), build_websocket_app(websocket_urlpatterns, settings.ORIGINS)
    )
    named = HeaderNormalizer(RequestIdMiddleware(TrustedProxyMiddleware(routed, settings.PROXY_HOPS)))
    starts = [IN_PROCESS_WORKER.start, INDEX_REFRESHER.start, tracing.start, warm_up, STARTUP_LOG.start]
    if current_language_model():  # only a model's words are judged
        starts.append(classifier.warm_up)
    stops = [
        SHUTDOWN.trigger,
        finish_running_turns,
        STARTUP_LOG.stop,
        IN_PROCESS_WORKER.stop,
        INDEX_REFRESHER.stop,
    ]
    return LifespanMiddleware(
        named, startup_hooks=starts, shutdown_hooks=stops, event_loop_hooks=[event_loop_lag.start_measuring]
    )


application = _build_application()
