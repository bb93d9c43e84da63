"""For staff: why each line is on a guest's tab, and the pack for a dispute of its payment."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from bartender.models.menu import Venue
from bartender.models.visits import Visit
from bartender.services.dispute_pack import dispute_pack
from bartender.web.display.access import staff_page, staff_user
from bartender.web.display.fragments import VIEW_DISPUTES, VIEW_TABS, base_context, get_permissions
from bartender.web.explanations import explanation_context, staff_viewer
from maya_site.core.venue import venue_timezone
from payments.models import Tab


@staff_page(VIEW_TABS)
def staff_why(request: HttpRequest, code: str, tab: str, number: int | None = None) -> HttpResponse:
    user, found = staff_user(request), get_object_or_404(Tab, code=tab, visit_code=code)
    allowed, visit = get_permissions(user), get_object_or_404(Visit, code=code)
    context = explanation_context(found, staff_viewer(user), number)
    context |= {"visit": visit, "guest": visit.name_and_place, "may": allowed}
    return render(request, "display/why.html", context | base_context(user, allowed))


@staff_page(VIEW_DISPUTES)
def dispute_pack_page(request: HttpRequest, code: str, tab: str) -> HttpResponse:
    """Made to be printed: the browser's own print makes the file that a provider's form takes."""
    user, found = staff_user(request), get_object_or_404(Tab, code=tab, visit_code=code)
    zone = venue_timezone()
    context = dispute_pack(found, staff_viewer(user)) | {
        "venue": Venue.current(),
        "visit_code": code,
        "zone": zone,
        "made_at": timezone.now(),
        "made_by": user.get_username(),
    }
    with timezone.override(zone):
        return render(request, "display/dispute_pack.html", context)
