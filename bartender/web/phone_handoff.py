"""Continuing a visit on the phone: a QR code on the first screen, a confirmation on the second."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bartender.errors import HandoffLinkExpired
from bartender.models.menu import Venue
from bartender.models.visits import Visit
from bartender.services import phone_handoff
from bartender.web.actions import guest_action
from bartender.web.qr_code import qr_code_response
from maya_site.core.client_addresses import request_client_key
from maya_site.core.cookies import read_visit_code, set_visit_cookie
from maya_site.core.public_urls import build_public_url
from maya_site.core.rate_limits import INVITATION_VIEW_LIMIT, check_rate_limit


@guest_action()
def create_handoff(request: HttpRequest, visit: Visit) -> str:
    phone_handoff.issue_handoff_code(visit)
    return reverse("bartender:phone")


@require_safe
@never_cache
def handoff_page(request: HttpRequest) -> HttpResponse:
    return render(
        request, "bartender/phone.html", {"link": _handoff_url(request), "venue": Venue.current().name}
    )


@require_safe
@never_cache
def handoff_qr_code(request: HttpRequest) -> HttpResponse:
    link = _handoff_url(request)
    if not link:
        raise Http404
    return qr_code_response(link)


@require_safe
@never_cache
def confirm_handoff_page(request: HttpRequest, token: str) -> HttpResponse:
    """Showing the page does not use the link up: a messenger's link preview must not."""
    check_rate_limit(INVITATION_VIEW_LIMIT, request_client_key(request))
    good = phone_handoff.is_valid_token(token)
    shown = {"token": token if good else "", "venue": Venue.current().name}
    return render(request, "bartender/arrive.html", shown, status=200 if good else 410)


@require_POST
@never_cache
def accept_handoff(request: HttpRequest, token: str) -> HttpResponse:
    check_rate_limit(INVITATION_VIEW_LIMIT, request_client_key(request))
    response = redirect("bartender:bar")
    try:
        set_visit_cookie(response, phone_handoff.redeem_token(token))
    except HandoffLinkExpired as refusal:
        messages.warning(request, str(refusal))
    return response


def _handoff_url(request: HttpRequest) -> str:
    token = phone_handoff.active_handoff_token(read_visit_code(request.COOKIES))
    return build_public_url(reverse("bartender:confirm_handoff", args=[token])) if token else ""
