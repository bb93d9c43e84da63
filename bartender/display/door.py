"""Who gets to the bar display, and how each deed there is answered: to the script in JSON, else by a page."""

from __future__ import annotations

import functools
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

from maya_site.lib.errors import Refused

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
# What was done, in one sentence, and where to go on.
Done = tuple[str, str]
Deed = Callable[Concatenate[HttpRequest, P], Done]


def person(request: HttpRequest) -> AbstractUser:
    return cast(AbstractUser, request.user)


def shown_to(permission: str) -> Callable[[View[P]], View[P]]:
    def wrap(view: View[P]) -> View[P]:
        @require_safe
        @never_cache
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            return _refused(request, permission) or view(request, *args, **kwargs)

        return guarded

    return wrap


def done_by(permission: str) -> Callable[[Deed[P]], View[P]]:
    """A refusal is one clear sentence; the display goes on as it was."""

    def wrap(work: Deed[P]) -> View[P]:
        @require_POST
        @never_cache
        @functools.wraps(work)
        def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if refused := _refused(request, permission):
                return refused
            try:
                said, to = work(request, *args, **kwargs)
            except Refused as refusal:
                return _answer(request, str(refusal), "", done=False)
            return _answer(request, said, to, done=True)

        return view

    return wrap


def _refused(request: HttpRequest, permission: str) -> HttpResponse | None:
    """Who is not logged in is asked to; who is, and may not, hears that."""
    if not (request.user.is_active and request.user.is_staff):
        if _by_script(request):
            return JsonResponse({"said": "Please log in again."}, status=401)
        back = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("bartender:display")
        return redirect_to_login(back, reverse("admin:login"))
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return None


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _answer(request: HttpRequest, said: str, to: str, *, done: bool) -> HttpResponse:
    if _by_script(request):
        return JsonResponse({"said": said, "to": to}, status=200 if done else 409)
    if said:
        messages.add_message(request, messages.SUCCESS if done else messages.WARNING, said)
    return HttpResponseRedirect(to or _back(request))


def _back(request: HttpRequest) -> str:
    """To the page of the display that the form was on."""
    visit = request.resolver_match.kwargs.get("code") if request.resolver_match else None
    return reverse("bartender:talk", args=[visit]) if visit else reverse("bartender:display")
