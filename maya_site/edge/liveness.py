"""/livez: is this process alive? The event loop answers alone, for whatever restarts the process.

It uses no database, no thread and no limit on concurrency, because a bar that is full, or waits for its
database, must not be restarted. Whether guests may be sent here is another question; /healthz answers it.
"""

from __future__ import annotations

from maya_site.edge.asgi_types import App, Receive, Scope, Send, send_response

LIVENESS_PATH = "/livez"
BODY = b'{"status": "alive"}'
HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


class LivenessMiddleware:
    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == LIVENESS_PATH and scope["method"] in {"GET", "HEAD"}:
            await send_response(send, 200, BODY if scope["method"] == "GET" else b"", HEADERS)
        else:
            await self.app(scope, receive, send)
