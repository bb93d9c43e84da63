"""Django's ASGI handler, with one hop into a thread for a whole request.

Django hops once for every synchronous middleware, and then for the view. All of our middleware and nearly
all of our views are synchronous, so the whole chain runs in the request's thread. An asynchronous view still
runs on the event loop.
"""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class SingleThreadHandler(ASGIHandler):
    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
