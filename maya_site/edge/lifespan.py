"""Runs hooks when the server starts and stops, for hosts that speak ASGI's lifespan protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from maya_site.edge.asgi_types import App, Receive, Scope, Send

LifespanHook = Callable[[], None]


class LifespanMiddleware:
    """Answers lifespan messages, and passes everything else on to the application."""

    def __init__(
        self,
        app: App,
        *,
        startup_hooks: Sequence[LifespanHook] = (),
        shutdown_hooks: Sequence[LifespanHook] = (),
        event_loop_hooks: Sequence[LifespanHook] = (),
    ) -> None:
        self.app = app
        self.event_loop_hooks = event_loop_hooks
        self.startup_hooks = startup_hooks
        self.shutdown_hooks = shutdown_hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self.app(scope, receive, send)
        while True:
            kind = (await receive())["type"]
            for hook in self.event_loop_hooks if kind == "lifespan.startup" else ():
                hook()
            for hook in self.startup_hooks if kind == "lifespan.startup" else self.shutdown_hooks:
                await asyncio.to_thread(hook)  # one may wait for work that is under way
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
