"""Headers of every response, whoever made it: Django, the static files, or a refusal of the edge."""

from __future__ import annotations

from collections.abc import Mapping

from maya_site.edge.asgi_types import App, Header, Message, Receive, Scope, Send

# For answers that are no pages. A page's own policy, with what it may load, comes from its middleware.
NON_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class DefaultHeaders:
    """Adds headers that a response does not set itself."""

    def __init__(self, app: App, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers: list[Header] = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = [(name.lower(), value) for name, value in message.get("headers", ())]
                names = {name for name, _value in said}
                missing = [pair for pair in self.headers if pair[0] not in names]
                message = {**message, "headers": said + missing}
            await send(message)

        await self.app(scope, receive, complete)
