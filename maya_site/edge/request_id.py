"""Gives every request and stream an id. It stands on each line of the log, together with the guest's
visit."""

from __future__ import annotations

from django.http import parse_cookie

from maya_site.core.cookies import read_visit_code
from maya_site.core.log_context import ID_PATTERN, bind_log_context, log_visit_id, new_request_id
from maya_site.edge.asgi_types import App, Message, Receive, Scope, Send, get_header

REQUEST_ID_HEADER = b"x-request-id"


class RequestIdMiddleware:
    """Keeps a proxy's X-Request-ID, so that its log and ours name the same request, or makes one."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return await self.app(scope, receive, send)
        given = get_header(scope, REQUEST_ID_HEADER)
        request = given if ID_PATTERN.fullmatch(given) else new_request_id()

        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (REQUEST_ID_HEADER, request.encode())]
                message = {**message, "headers": headers}
            await send(message)

        code = read_visit_code(parse_cookie(get_header(scope, b"cookie")))
        with bind_log_context(request=request, visit=log_visit_id(code)):
            await self.app(scope, receive, signed if scope["type"] == "http" else send)
