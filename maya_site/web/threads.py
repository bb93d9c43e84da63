"""Threads lent to requests. Django would start and join a thread for each one, async view or not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext

from maya_site.web.asgi import App, Receive, Scope, Send

P = ParamSpec("P")
T = TypeVar("T")

MOST_IDLE = 32


class LentThread(ThreadPoolExecutor):
    """One thread that knows whether its last job has ended."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="maya-http")
        self._last: Future[Any] | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        job = super().submit(fn, *args, **kwargs)
        self._last = job
        return job

    @property
    def busy(self) -> bool:
        return self._last is not None and not self._last.done()


class LentThreads:
    """Each request gets a thread of its own for its synchronous work, and gives it back."""

    def __init__(self, app: App, most_idle: int = MOST_IDLE) -> None:
        self.app = app
        self.most_idle = most_idle
        self.idle: list[LentThread] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        thread = self.idle.pop() if self.idle else LentThread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.app(scope, receive, send)
        finally:
            self._take_back(thread)

    def _take_back(self, thread: LentThread) -> None:
        """A guest who hung up may have left a view running: nobody is to wait behind it."""
        if thread.busy or len(self.idle) >= self.most_idle:
            thread.shutdown(wait=False)
        else:
            self.idle.append(thread)
