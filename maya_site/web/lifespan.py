"""The start and the end of the server, as hosts that know ASGI's lifespan tell them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from maya_site.web.asgi import App, Receive, Scope, Send

Hook = Callable[[], None]


class Lifespan:
    """Answers the host; everything else goes on to the application."""

    def __init__(
        self,
        app: App,
        *,
        starts: Sequence[Hook] = (),
        stops: Sequence[Hook] = (),
        on_the_loop: Sequence[Hook] = (),
    ) -> None:
        self.app = app
        self.on_the_loop = on_the_loop
        self.starts = starts
        self.stops = stops

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self.app(scope, receive, send)
        while True:
            told = (await receive())["type"]
            for hook in self.on_the_loop if told == "lifespan.startup" else ():
                hook()
            for hook in self.starts if told == "lifespan.startup" else self.stops:
                await asyncio.to_thread(hook)  # one may wait for work that is under way
            await send({"type": f"{told}.complete"})
            if told == "lifespan.shutdown":
                return
