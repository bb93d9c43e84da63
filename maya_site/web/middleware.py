"""Django's side of the edge."""

from __future__ import annotations

import logging
from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware
from django.utils.translation import activate

from maya_site.lib.errors import Busy
from maya_site.lib.limits import TooOften

logger = logging.getLogger(__name__)

STAFF_PAGES = ("/admin/", "/bar/")
MONITORS = ("/healthz", "/metrics")

GetResponse = Callable[[HttpRequest], HttpResponse]


@sync_only_middleware
def private_pages(get_response: GetResponse) -> GetResponse:
    """Nobody keeps a copy of a page: it shows a guest's tab. A view that may be kept says so itself."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


class GuestLanguage(LocaleMiddleware):
    """Guests' pages are in the guest's language: by their cookie, else by what the browser asks for."""

    sync_capable, async_capable = True, False

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(STAFF_PAGES):
            activate("en")
            request.LANGUAGE_CODE = "en"
        else:
            super().process_request(request)


class Common(CommonMiddleware):
    """Monitors ask each container by the address that it has just then: no list of hosts can name it. What
    they are answered holds no link and no cookie."""

    sync_capable, async_capable = True, False

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in MONITORS else super().process_request(request)


class NotNow:
    """A guest in a hurry and a database that is away are no bugs: who asks hears when to come back."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooOften):
            response = render(request, "429.html", status=429)
            response.headers["Retry-After"] = str(exception.retry_after)
            return response
        if not isinstance(exception, OperationalError | Busy):
            return None
        logger.warning("the database is away for %s: %s", request.path, type(exception).__name__)
        return HttpResponse(f"{Busy()}\n", "text/plain; charset=utf-8", 503, headers={"Retry-After": "5"})


class PagePolicy(CSPMiddleware):
    """The policy of the settings, plus the stream of this very host: old browsers' 'self' means HTTP only."""

    sync_capable, async_capable = True, False

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and (stream := stream_origin(request)):
            parts.update = {**(parts.update or {}), "connect-src": [stream]}
        return parts


def stream_origin(request: HttpRequest) -> str:
    """An address in brackets is no source that a policy can name; 'self' has to do for it."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    return "" if "[" in host else f"{'wss' if request.is_secure() else 'ws'}://{host}"
