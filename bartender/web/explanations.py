"""Why each line is on a tab: the guest's page of it, and what it shows to staff."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bartender.models.menu import Venue
from bartender.services.line_events import Viewer
from bartender.services.line_explanations import LineExplanation, explain_line, explain_lines
from bartender.services.split_bill import find_accessible_tab
from maya_site.core.cookies import read_visit_code
from maya_site.core.venue import timezone_or_utc
from payments.models import Tab

READ_CONVERSATIONS = "bartender.view_turn"


def staff_viewer(user: AbstractUser) -> Viewer:
    return Viewer(is_staff=True, reads_words=user.has_perm(READ_CONVERSATIONS))


def explanation_context(tab: Tab, viewer: Viewer, number: int | None) -> dict[str, Any]:
    """Of one line, or of all. Raises Http404 if the tab never had that line."""
    explained: tuple[LineExplanation, ...]
    if number is None:
        explained = explain_lines(tab, viewer)
    else:
        one = explain_line(tab, number, viewer)
        if one is None:
            raise Http404
        explained = (one,)
    venue = Venue.current()
    zone = timezone_or_utc(venue.timezone)
    return {"tab": tab, "explained": explained, "number": number, "venue": venue.name, "zone": zone}


@require_safe
@never_cache
def why_page(request: HttpRequest, code: str, number: int | None = None) -> HttpResponse:
    """For guests with the cookie of a visit that shares the tab, also after it has ended; 404 for others."""
    visit_code = read_visit_code(request.COOKIES)
    tab = find_accessible_tab(visit_code, code) if visit_code else None
    if tab is None:
        raise Http404
    context = explanation_context(tab, Viewer(visit_code), number)
    return render(request, "bartender/line_explanation.html", context)
