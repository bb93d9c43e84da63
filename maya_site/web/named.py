"""Every request and every stream gets an id, and with the guest's visit it stands on each line of the log."""

from __future__ import annotations

from django.http import parse_cookie

from maya_site.lib.cookies import visit_code_in
from maya_site.lib.log_ids import WELL_FORMED, bound, new_id, visit_id
from maya_site.web.asgi import App, Message, Receive, Scope, Send, header

NAME = b"x-request-id"


class Named:
    """A proxy's own id is kept, so that its log and ours tell of the same request."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return await self.app(scope, receive, send)
        given = header(scope, NAME)
        request = given if WELL_FORMED.fullmatch(given) else new_id()

        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (NAME, request.encode())]
                message = {**message, "headers": headers}
            await send(message)

        code = visit_code_in(parse_cookie(header(scope, b"cookie")))
        with bound(request=request, visit=visit_id(code)):
            await self.app(scope, receive, signed)
