"""The page where guests see, allow, change, export and erase what Maya remembers of them."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bartender.models.menu import Venue
from bartender.models.returning_guests import ReturningGuest
from bartender.models.visits import MAX_GUEST_NAME_LENGTH, Visit
from bartender.services import bar_tabs, returning_guests, visits
from bartender.services.bills import bill_of
from bartender.web.forms import GuestNameForm
from bartender.web.guest import visit_for_display
from maya_site.core.client_addresses import request_client_key
from maya_site.core.cookies import (
    delete_returning_guest_cookie,
    delete_visit_cookie,
    read_returning_guest_code,
    read_visit_code,
    set_returning_guest_cookie,
)
from maya_site.core.errors import Refusal
from maya_site.core.rate_limits import REQUEST_LIMIT, check_rate_limit

ERASED_MESSAGE = gettext_noop(
    "It is forgotten. Your tab, if you have one, stays until it is paid: the house must keep its books."
)


@require_safe
@never_cache
def profile_page(request: HttpRequest) -> HttpResponse:
    visit = visit_for_display(read_visit_code(request.COOKIES))
    returning_guest = _find_returning_guest(request, visit)
    context = {
        "venue": Venue.current().name,
        "returning_guest": returning_guest,
        "visit": visit,
        "max_name_length": MAX_GUEST_NAME_LENGTH,
        "tonight": bill_of(visit).merged_lines(),
    }
    return with_profile_cookie(request, render(request, "bartender/profile.html", context), returning_guest)


@require_safe
@never_cache
def export_profile(request: HttpRequest) -> HttpResponse:
    code = read_returning_guest_code(request.COOKIES) or read_visit_code(request.COOKIES)
    content = json.dumps(
        returning_guests.export_guest_data(code) if code else {},
        cls=DjangoJSONEncoder,
        ensure_ascii=False,
        indent=2,
    )
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="maya-remembers.json"'
    return response


@require_POST
@never_cache
def save_name(request: HttpRequest) -> HttpResponse:
    """What the guest is called at the bar; the call name where the field is empty."""
    form, visit = GuestNameForm(request.POST), _enter_visit(request)
    if visit is None:
        messages.warning(request, _("Open the bar first; then you can say your name here."))
    elif not form.is_valid():
        messages.warning(request, _("That name is too long. Tell me a shorter one?"))
    else:
        bar_tabs.name_guest(visit, form.cleaned_data["name"])
        messages.success(request, _("At the bar you are %(name)s.") % {"name": visit.display_name})
    return redirect("bartender:me")


@require_POST
@never_cache
def save_profile(request: HttpRequest) -> HttpResponse:
    """The ticked box is the guest's consent: without it nothing is saved."""
    visit = _enter_visit(request)
    try:
        if visit is None or request.POST.get("yes") != "on":
            raise Refusal(_("Tick the box if I may remember it. Without that I keep nothing."))
        returning_guest = returning_guests.save_usual(visit)
    except Refusal as refused:
        messages.warning(request, str(refused))
        return redirect("bartender:me")
    messages.success(request, _("I'll remember that. You can change it or take it back here at any time."))
    return with_profile_cookie(request, redirect("bartender:me"), returning_guest)


@require_POST
@never_cache
def update_profile(request: HttpRequest) -> HttpResponse:
    if returning_guest := _find_returning_guest(request, _enter_visit(request)):
        drop = [int(place) for place in request.POST.getlist("drop") if place.isdecimal()]
        returning_guests.update_profile(
            returning_guest, notes=request.POST.get("notes", ""), dropped_positions=drop
        )
        messages.success(request, _("Changed."))
    return redirect("bartender:me")


@require_POST
@never_cache
def erase_profile(request: HttpRequest) -> HttpResponse:
    """Erases the usual order and the notes, or everything, also of a closed visit and in this browser."""
    check_rate_limit(REQUEST_LIMIT, request_client_key(request))
    code, returning_guest = read_visit_code(request.COOKIES), read_returning_guest_code(request.COOKIES)
    response = redirect("bartender:me")
    if request.POST.get("everything") == "on":
        for mine in {code, returning_guest} - {""}:
            returning_guests.erase_guest_data(mine)
        _clear_browser_state(request, response, code)
    elif known := _find_returning_guest(request, Visit.objects.filter(code=code).first()):
        returning_guests.delete_returning_guest(known)
    messages.success(request, _(ERASED_MESSAGE))
    delete_returning_guest_cookie(response)
    return response


def _clear_browser_state(request: HttpRequest, response: HttpResponse, code: str) -> None:
    """Keeps the cookie of an open visit, so that its bill can be paid. Guests have a session only if a
    message was too long for a cookie."""
    if not Visit.objects.active().filter(code=code).exists():
        delete_visit_cookie(response)
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, path=settings.LANGUAGE_COOKIE_PATH)
    if request.user.is_anonymous:
        request.session.flush()


def with_profile_cookie(
    request: HttpRequest, response: HttpResponse, returning_guest: ReturningGuest | None
) -> HttpResponse:
    """A guest who consented on the live stream gets the cookie with the next page."""
    if returning_guest and read_returning_guest_code(request.COOKIES) != returning_guest.code:
        set_returning_guest_cookie(response, returning_guest.code)
    return response


def _enter_visit(request: HttpRequest) -> Visit | None:
    check_rate_limit(REQUEST_LIMIT, request_client_key(request))
    code = read_visit_code(request.COOKIES)
    return (
        visits.get_or_create_visit(code, returning_guest=read_returning_guest_code(request.COOKIES))
        if code
        else None
    )


def _find_returning_guest(request: HttpRequest, visit: Visit | None) -> ReturningGuest | None:
    """The visit's own first: the cookie may name one that was forgotten since."""
    known = returning_guests.returning_guest_of(visit) if visit else None
    return (
        known or ReturningGuest.objects.filter(code=read_returning_guest_code(request.COOKIES) or "-").first()
    )
