"""Threads that requests borrow. Django would start and join a thread for each request."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext

from maya_site.edge.asgi_types import App, Receive, Scope, Send

P = ParamSpec("P")
T = TypeVar("T")

MAX_IDLE_THREADS = 32


class RequestThread(ThreadPoolExecutor):
    """One thread that knows whether its last job has ended."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="maya-http")
        self._last_future: Future[Any] | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        job = super().submit(fn, *args, **kwargs)
        self._last_future = job
        return job

    @property
    def is_busy(self) -> bool:
        return self._last_future is not None and not self._last_future.done()


class RequestThreadPool:
    """Gives each request a thread of its own for its synchronous work, and takes it back afterwards."""

    def __init__(self, app: App, max_idle: int = MAX_IDLE_THREADS) -> None:
        self.app = app
        self.max_idle = max_idle
        self.idle_threads: list[RequestThread] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        thread = self.idle_threads.pop() if self.idle_threads else RequestThread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.app(scope, receive, send)
        finally:
            self._return_thread(thread)

    def _return_thread(self, thread: RequestThread) -> None:
        """A guest who hung up may have left a view running: nobody is to wait behind it."""
        if thread.is_busy or len(self.idle_threads) >= self.max_idle:
            thread.shutdown(wait=False)
        else:
            self.idle_threads.append(thread)
