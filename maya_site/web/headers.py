"""What every answer carries, whoever gave it: Django, the shelf of static files, or a guard."""

from __future__ import annotations

from collections.abc import Mapping

from maya_site.web.asgi import App, Header, Message, Receive, Scope, Send

# For answers that are no pages. A page's own policy, with what it may load, comes from its middleware.
NO_PAGE = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class EveryAnswer:
    """Adds what an answer does not say itself, and takes the server's name off."""

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
