"""Django on ASGI, with one crossing into a thread for a whole request.

Upstream crosses once for every synchronous middleware hook, and then for the view. All of our middleware
and nearly all of our views are synchronous, so the whole chain runs in the request's thread; an
asynchronous view still runs on the event loop.
"""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OneHop(ASGIHandler):
    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
