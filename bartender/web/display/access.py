"""Permissions of the bar display's views, and their responses: JSON for the script, else a redirect."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bartender.services.shared_screens import OpenScreen, find_screen, touch_screen
from bartender.services.staff_names import name_for_staff
from bartender.staff_errors import ScreenLocked
from maya_site.core.errors import Refusal

VISIT_CODE = re.compile("[0-9a-f]{32}")
CLOSING_STEP = re.compile("[a-z]{1,20}")
REFUND_PAGE = "staff_refund"  # of one tab of a visit
PAGES_OF_NO_GUEST = {"display", "my_evening", "drawer", "bar_state", "closing"}

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
# What was done, in a sentence, and the URL to go to ("" for the same page).
ActionResult = tuple[str, str]
ActionView = Callable[Concatenate[HttpRequest, P], ActionResult]


@dataclass(frozen=True)
class DisplayAccess:
    """Who is before the display, for views and templates. `screen` is None in a person's own session."""

    user: AbstractUser
    screen: OpenScreen | None
    wanted_page: str  # where a PIN leads to

    @property
    def name(self) -> str:
        """Whoever acts, "" while the screen is locked."""
        return name_for_staff(self.user)

    @property
    def is_locked(self) -> bool:
        return self.screen is not None and self.screen.person is None


def staff_user(request: HttpRequest) -> AbstractUser:
    """Whose login this is; on a shared screen, whose PIN was the last one."""
    return display_access(request).user


def display_access(request: HttpRequest) -> DisplayAccess:
    """Read once for a request, and there as `request.on_display` for the templates."""
    staff_request = cast(Any, request)
    if not hasattr(request, "on_display"):
        own = cast(AbstractUser, request.user)
        screen = None if request.user.is_authenticated else find_screen(request.session)
        wanted = request.GET.get("next") or request.path
        staff_request.on_display = DisplayAccess(screen.viewer if screen else own, screen, wanted)
    return cast(DisplayAccess, staff_request.on_display)


def staff_page(
    permission: str, *, needs_person: bool = False, counts_as_touch: bool = True
) -> Callable[[View[P]], View[P]]:
    """Decorates a page of the display. `needs_person`: it is about whoever acts, and closed on a locked
    screen. A page that renews itself does not keep a shared screen unlocked."""

    def wrap(view: View[P]) -> View[P]:
        @require_safe
        @never_cache
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if refused := _deny_access(request, permission, needs_person):
                return refused
            if counts_as_touch and request.method == "GET":
                _touch(request)
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def staff_post(
    permission: str, page: str = "conversation", *, needs_person: bool = False
) -> Callable[[ActionView[P]], View[P]]:
    """Decorates a POST view of the display. A refusal becomes a message (409 in JSON). `page` names the page
    that its form stands on."""

    def wrap(work: ActionView[P]) -> View[P]:
        @require_POST
        @never_cache
        @functools.wraps(work)
        def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if refused := _deny_access(request, permission, needs_person):
                return refused
            _touch(request)
            try:
                message, next_url = work(request, *args, **kwargs)
            except Refusal as refusal:
                return _respond(request, str(refusal), "", page, done=False)
            return _respond(request, message, next_url, page, done=True)

        return view

    return wrap


def _deny_access(request: HttpRequest, permission: str, needs_person: bool) -> HttpResponse | None:
    """Asks for a login (401 in JSON), or for a PIN on a locked screen (409). Raises PermissionDenied for a
    user without the permission."""
    access = display_access(request)
    if access.is_locked:
        may = access.user.has_perm(permission) and not needs_person
        return None if may else _ask_for_pin(request)
    if not (access.user.is_active and access.user.is_staff):
        if _wants_json(request):
            return JsonResponse({"message": "Please log in again."}, status=401)
        back = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("bartender:display")
        return redirect_to_login(back, reverse("admin:login"))
    if not access.user.has_perm(permission):
        raise PermissionDenied
    return None


def _ask_for_pin(request: HttpRequest) -> HttpResponse:
    """On the board, which leads on to the page that was asked for."""
    if _wants_json(request):
        return JsonResponse({"message": str(ScreenLocked())}, status=409)
    messages.warning(request, str(ScreenLocked()))
    back = request.get_full_path() if request.method in ("GET", "HEAD") else _return_url(request, "display")
    return HttpResponseRedirect(f"{reverse('bartender:display')}?{urlencode({'next': back})}")


def _touch(request: HttpRequest) -> None:
    screen = display_access(request).screen
    if screen is not None and screen.person is not None:
        touch_screen(screen)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _respond(request: HttpRequest, message: str, next_url: str, page: str, *, done: bool) -> HttpResponse:
    by_script = _wants_json(request)
    if message and (next_url or not by_script):  # shown on the next page
        messages.add_message(request, messages.SUCCESS if done else messages.WARNING, message)
    if by_script:
        return JsonResponse({"message": message, "next_url": next_url}, status=200 if done else 409)
    return HttpResponseRedirect(next_url or _return_url(request, page))


def closing_step_url(request: HttpRequest) -> str:
    """Where a form that stands on a step of the closing leads back to; "" for the same form elsewhere."""
    step = request.POST.get("closing", "")
    return reverse("bartender:closing_step", args=[step]) if CLOSING_STEP.fullmatch(step) else ""


def _return_url(request: HttpRequest, page: str) -> str:
    """The page of the display that the form was on."""
    if step_url := closing_step_url(request):
        return step_url
    if VISIT_CODE.fullmatch(tab_of := request.POST.get("tab_of", "")):
        return reverse("bartender:staff_tab", args=[tab_of])
    if (station := request.POST.get("at_station", "")).isdecimal():
        return f"{reverse('bartender:display')}?station={station[:9]}"
    parts = request.resolver_match.kwargs if request.resolver_match else {}
    visit = parts.get("code")
    if visit and page == REFUND_PAGE:
        return reverse(f"bartender:{page}", args=[visit, parts["tab"]])
    if visit:
        return reverse(f"bartender:{page}", args=[visit])
    return reverse(f"bartender:{page if page in PAGES_OF_NO_GUEST else 'display'}")
