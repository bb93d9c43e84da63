"""Carrying one's visit over to the phone: a QR code on the first screen, a button on the second."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bartender.deeds import deed
from bartender.errors import LinkIsOver
from bartender.qr import picture_of
from bartender.records.menu import Venue
from bartender.records.visits import Visit
from bartender.services import phone
from maya_site.lib.cookies import remember, visit_code_in
from maya_site.lib.limits import JOINS, house_of, take


@deed()
def offer(request: HttpRequest, visit: Visit) -> str:
    phone.offer(visit)
    return reverse("bartender:phone")


@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    return render(request, "bartender/phone.html", {"link": _link(request), "venue": Venue.here().name})


@require_safe
@never_cache
def qr(request: HttpRequest) -> HttpResponse:
    link = _link(request)
    if not link:
        raise Http404
    return picture_of(link)


@require_safe
@never_cache
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Looking carries nothing over: a preview of the link must not use it up."""
    take(JOINS, house_of(request.META.get("REMOTE_ADDR", "")))
    good = phone.is_good(token)
    shown = {"token": token if good else "", "venue": Venue.here().name}
    return render(request, "bartender/arrive.html", shown, status=200 if good else 410)


@require_POST
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    take(JOINS, house_of(request.META.get("REMOTE_ADDR", "")))
    response = redirect("bartender:bar")
    try:
        remember(response, phone.accept(token))
    except LinkIsOver as refusal:
        messages.warning(request, str(refusal))
    return response


def _link(request: HttpRequest) -> str:
    token = phone.offered(visit_code_in(request.COOKIES))
    return request.build_absolute_uri(reverse("bartender:arrive", args=[token])) if token else ""
