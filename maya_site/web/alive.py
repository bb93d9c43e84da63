"""/livez: does this process still turn its wheel? Answered by the event loop alone, for whoever restarts it.

No database, no thread, no crowd: a bar that is full, or waits for its database, is not to be restarted.
Whether guests may be sent here is another question, which /healthz answers.
"""

from __future__ import annotations

from maya_site.web.asgi import App, Receive, Scope, Send, answer

PATH = "/livez"
BODY = b'{"status": "alive"}'
HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


class Alive:
    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == PATH and scope["method"] in {"GET", "HEAD"}:
            await answer(send, 200, BODY if scope["method"] == "GET" else b"", HEADERS)
        else:
            await self.app(scope, receive, send)
