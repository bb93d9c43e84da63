"""Permissions of the bar display's views, and their responses: JSON for the script, else a redirect."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from maya_site.core.errors import Refusal

VISIT_CODE = re.compile("[0-9a-f]{32}")

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
# What was done, in a sentence, and the URL to go to ("" for the same page).
ActionResult = tuple[str, str]
ActionView = Callable[Concatenate[HttpRequest, P], ActionResult]


def staff_user(request: HttpRequest) -> AbstractUser:
    return cast(AbstractUser, request.user)


def staff_page(permission: str) -> Callable[[View[P]], View[P]]:
    def wrap(view: View[P]) -> View[P]:
        @require_safe
        @never_cache
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            return _deny_access(request, permission) or view(request, *args, **kwargs)

        return guarded

    return wrap


def staff_post(permission: str, page: str = "conversation") -> Callable[[ActionView[P]], View[P]]:
    """Decorates a POST view of the display. A refusal becomes a message (409 in JSON). `page` names the page
    of one guest that its form stands on."""

    def wrap(work: ActionView[P]) -> View[P]:
        @require_POST
        @never_cache
        @functools.wraps(work)
        def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if refused := _deny_access(request, permission):
                return refused
            try:
                message, next_url = work(request, *args, **kwargs)
            except Refusal as refusal:
                return _respond(request, str(refusal), "", page, done=False)
            return _respond(request, message, next_url, page, done=True)

        return view

    return wrap


def _deny_access(request: HttpRequest, permission: str) -> HttpResponse | None:
    """Asks for a login (401 in JSON). Raises PermissionDenied for a user without the permission."""
    if not (request.user.is_active and request.user.is_staff):
        if _wants_json(request):
            return JsonResponse({"message": "Please log in again."}, status=401)
        back = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("bartender:display")
        return redirect_to_login(back, reverse("admin:login"))
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return None


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _respond(request: HttpRequest, message: str, next_url: str, page: str, *, done: bool) -> HttpResponse:
    by_script = _wants_json(request)
    if message and (next_url or not by_script):  # shown on the next page
        messages.add_message(request, messages.SUCCESS if done else messages.WARNING, message)
    if by_script:
        return JsonResponse({"message": message, "next_url": next_url}, status=200 if done else 409)
    return HttpResponseRedirect(next_url or _return_url(request, page))


def _return_url(request: HttpRequest, page: str) -> str:
    """The page of the display that the form was on."""
    if VISIT_CODE.fullmatch(tab_of := request.POST.get("tab_of", "")):
        return reverse("bartender:staff_tab", args=[tab_of])
    visit = request.resolver_match.kwargs.get("code") if request.resolver_match else None
    return reverse(f"bartender:{page}", args=[visit]) if visit else reverse("bartender:display")
