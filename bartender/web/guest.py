"""The guest's pages. They change nothing; the forms are in actions.py."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bartender.menu.snapshot import menu_for_venue
from bartender.models.menu import Venue
from bartender.models.visits import Visit, new_code
from bartender.services import receipts
from bartender.services.bills import bill_of
from bartender.services.split_bill import find_accessible_tab
from bartender.web.context import bar_context, bill_context
from bartender.web.menu_cards import MenuSearch
from maya_site.core.cookies import read_visit_code, set_visit_cookie
from maya_site.core.venue import timezone_or_utc
from payments.models import Tab
from payments.splits import active_split
from rag.search import find_published_passage


@require_safe
@never_cache
def bar_page(request: HttpRequest) -> HttpResponse:
    code = read_visit_code(request.COOKIES)
    visit = visit_for_display(code)
    if visit.closed_at is not None:
        return render_closed_visit(request, visit)
    search = MenuSearch.from_query(request.GET)
    response = render(request, "bartender/bar.html", bar_context(visit, search, get_token(request)))
    if not code:
        set_visit_cookie(response, visit.code)
    return response


@require_safe
@never_cache
def bill_page(request: HttpRequest) -> HttpResponse:
    visit, venue = visit_for_display(read_visit_code(request.COOKIES)), Venue.current()
    shown = bill_context(visit, "bill", menu_for_venue(venue)) | {"venue": venue.name}
    return render(request, "bartender/bill.html", shown)


@require_safe
@never_cache
def receipt_page(request: HttpRequest, code: str) -> HttpResponse:
    """For guests with the cookie of a visit that shares the tab, also after it has ended; 404 for others."""
    visit_code = read_visit_code(request.COOKIES)
    if not visit_code:
        raise Http404
    tab = find_accessible_tab(visit_code, code)
    if tab is None:
        raise Http404
    if tab.status != Tab.Status.PAID:
        return redirect("bartender:shared", code) if active_split(tab) else redirect("bartender:bill")
    venue = Venue.current()
    shown = receipts.receipt_context(tab) | {"can_mail": receipts.can_send_mail()}
    shown |= {"venue": venue.name, "zone": timezone_or_utc(venue.timezone)}
    return render(request, "bartender/receipt.html", shown)


@require_safe
def passage_page(request: HttpRequest, number: int) -> HttpResponse:
    """The published passage behind a citation, the same for every guest."""
    found = find_published_passage(number)
    if found is None:
        raise Http404
    return render(request, "bartender/passage.html", {"passage": found, "venue": Venue.current().name})


def render_closed_visit(request: HttpRequest, visit: Visit) -> HttpResponse:
    return render(request, "bartender/visit_over.html", {"visit": visit, "bill": bill_of(visit)})


def visit_for_display(code: str) -> Visit:
    """The visit of this code, or an unsaved one: showing a page writes nothing."""
    found = Visit.objects.filter(code=code).first() if code else None
    return found or Visit(code=code or new_code())
