"""The page where guests see what Maya remembers of them, say yes to it, change it, take it back."""

from __future__ import annotations

import json

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bartender.records.menu import Venue
from bartender.records.regulars import Regular
from bartender.records.visits import Visit
from bartender.services import regulars, visits
from bartender.services.bills import bill_of
from bartender.views import seen
from maya_site.lib.cookies import forget_regular, regular_code_in, remember_regular, visit_code_in
from maya_site.lib.errors import Refused
from maya_site.lib.limits import REQUESTS, house_of, take

ERASED = gettext_noop(
    "It is forgotten. Your tab, if you have one, stays until it is paid: the house must keep its books."
)


@require_safe
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    visit = seen(visit_code_in(request.COOKIES))
    regular = _regular(request, visit)
    context = {"venue": Venue.here().name, "regular": regular, "tonight": bill_of(visit).merged()}
    return with_cookie(request, render(request, "bartender/me.html", context), regular)


@require_safe
@never_cache
def export(request: HttpRequest) -> HttpResponse:
    code = regular_code_in(request.COOKIES) or visit_code_in(request.COOKIES)
    told = json.dumps(
        regulars.export(code) if code else {}, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2
    )
    response = HttpResponse(told, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="maya-remembers.json"'
    return response


@require_POST
@never_cache
def remember(request: HttpRequest) -> HttpResponse:
    """The box is the guest's yes: without it nothing is kept."""
    visit = _visit(request)
    try:
        if visit is None or request.POST.get("yes") != "on":
            raise Refused(_("Tick the box if I may remember it. Without that I keep nothing."))
        regular = regulars.remember_usual(visit)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("bartender:me")
    messages.success(request, _("I'll remember that. You can change it or take it back here at any time."))
    return with_cookie(request, redirect("bartender:me"), regular)


@require_POST
@never_cache
def change(request: HttpRequest) -> HttpResponse:
    if regular := _regular(request, _visit(request)):
        drop = [int(place) for place in request.POST.getlist("drop") if place.isdecimal()]
        regulars.change(regular, notes=request.POST.get("notes", ""), drop=drop)
        messages.success(request, _("Changed."))
    return redirect("bartender:me")


@require_POST
@never_cache
def forget(request: HttpRequest) -> HttpResponse:
    """Only the usual and the notes, or everything that was said as well."""
    visit = _visit(request)
    regular = _regular(request, visit)
    if request.POST.get("everything") == "on":
        for code in {regular.code if regular else "", visit.code if visit else ""} - {""}:
            regulars.erase(code)
    elif regular:
        regulars.forget_usual(regular)
    messages.success(request, _(ERASED))
    response = redirect("bartender:me")
    forget_regular(response)
    return response


def with_cookie(request: HttpRequest, response: HttpResponse, regular: Regular | None) -> HttpResponse:
    """Who said yes by words on a live stream gets the cookie with the next page."""
    if regular and regular_code_in(request.COOKIES) != regular.code:
        remember_regular(response, regular.code)
    return response


def _visit(request: HttpRequest) -> Visit | None:
    take(REQUESTS, house_of(request.META.get("REMOTE_ADDR", "")))
    code = visit_code_in(request.COOKIES)
    return visits.enter(code, regular=regular_code_in(request.COOKIES)) if code else None


def _regular(request: HttpRequest, visit: Visit | None) -> Regular | None:
    """The visit's own first: a cookie may be older than a "forget my usual"."""
    known = regulars.regular_of(visit) if visit else None
    return known or Regular.objects.filter(code=regular_code_in(request.COOKIES) or "-").first()
