"""Logs out a session in which a required second factor was never shown, or was removed since."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware

from bartender.services.second_factor import is_second_factor_missing
from maya_site.edge.middleware import STAFF_PATH_PREFIXES


@sync_only_middleware
def require_second_factor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(STAFF_PATH_PREFIXES) and is_second_factor_missing(
            request.user, request.session
        ):
            logout(request)
        return get_response(request)

    return answer
