"""Django middleware of the edge."""

from __future__ import annotations

import logging
from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware
from django.utils.translation import activate

from maya_site.core.client_addresses import request_client_key
from maya_site.core.errors import Busy
from maya_site.core.query_limit import limit_guest_queries
from maya_site.core.rate_limits import PAGE_VIEW_LIMIT, RateLimitExceeded, check_rate_limit

logger = logging.getLogger(__name__)

STAFF_PATH_PREFIXES = ("/admin/", "/bar/")
MONITORING_PATHS = ("/healthz", "/metrics")

GetResponse = Callable[[HttpRequest], HttpResponse]


@sync_only_middleware
def no_store_by_default(get_response: GetResponse) -> GetResponse:
    """Sets `Cache-Control: no-store` unless the view has set another: a page shows a guest's tab."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


@sync_only_middleware
def rate_limit_page_views(get_response: GetResponse) -> GetResponse:
    """Limits requests from one address, whatever their method. The limit is far above a full bar."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info not in MONITORING_PATHS:
            try:
                check_rate_limit(PAGE_VIEW_LIMIT, request_client_key(request))
            except RateLimitExceeded as refused:
                return too_many_requests(request, refused)
        return get_response(request)

    return answer


def too_many_requests(request: HttpRequest, refused: RateLimitExceeded) -> HttpResponse:
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = str(refused.retry_after)
    return response


class PageGZipMiddleware(GZipMiddleware):
    """Compresses pages, not what monitors read: they are next to the server, and ask all day. Django puts
    random bytes into the header and masks the forms' token anew for each page, so that the length says
    nothing of a secret (BREACH)."""

    sync_capable, async_capable = True, False

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info in MONITORING_PATHS:
            return response
        return super().process_response(request, response)


class GuestLocaleMiddleware(LocaleMiddleware):
    """Guests' pages are in the language of the guest's cookie, or else of the browser. Staff pages are in
    English."""

    sync_capable, async_capable = True, False

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(STAFF_PATH_PREFIXES):
            activate("en")
            request.LANGUAGE_CODE = "en"
        else:
            super().process_request(request)


class VenueCommonMiddleware(CommonMiddleware):
    """Skips the check of the Host header for /healthz and /metrics: monitors ask each container by an
    address that no list can name. The answers hold no link and no cookie."""

    sync_capable, async_capable = True, False

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in MONITORING_PATHS else super().process_request(request)


class ServiceUnavailableMiddleware:
    """Answers 429 where a rate limit is exceeded and 503 where the database is away, with Retry-After.
    Neither is a bug."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(STAFF_PATH_PREFIXES):  # reports may take their time
            return self.get_response(request)
        with limit_guest_queries():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, RateLimitExceeded):
            return too_many_requests(request, exception)
        if not isinstance(exception, OperationalError | Busy):
            return None
        logger.warning("the database is away for %s: %s", request.path, type(exception).__name__)
        return HttpResponse(f"{Busy()}\n", "text/plain; charset=utf-8", 503, headers={"Retry-After": "5"})


class PageCSPMiddleware(CSPMiddleware):
    """The policy of the settings, plus this host's WebSocket address: in old browsers 'self' means HTTP
    only."""

    sync_capable, async_capable = True, False

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and (stream := websocket_origin(request)):
            parts.update = {**(parts.update or {}), "connect-src": [stream]}
        return parts


def websocket_origin(request: HttpRequest) -> str:
    """The WebSocket address of the request's host, or "" for an IPv6 address, which a policy cannot name."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    return "" if "[" in host else f"{'wss' if request.is_secure() else 'ws'}://{host}"
