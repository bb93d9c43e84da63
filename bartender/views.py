"""The guest's pages. They show by GET and change nothing; what changes something is in deeds.py."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bartender.page import Search, bar_context, bill_context
from bartender.records.menu import Venue
from bartender.records.visits import Visit, new_code
from bartender.services import receipts
from bartender.services.bills import bill_of
from bartender.services.days import zone_of
from bartender.services.sharing import tab_seen_by
from maya_site.lib.cookies import remember, visit_code_in
from payments.models import Tab
from payments.splitting import split_of
from rag.search import published


@require_safe
@never_cache
def bar(request: HttpRequest) -> HttpResponse:
    code = visit_code_in(request.COOKIES)
    visit = seen(code)
    if visit.closed_at is not None:
        return over(request, visit)
    response = render(request, "bartender/bar.html", bar_context(visit, Search.of(request.GET)))
    if not code:
        remember(response, visit.code)
    return response


@require_safe
@never_cache
def bill(request: HttpRequest) -> HttpResponse:
    visit = seen(visit_code_in(request.COOKIES))
    return render(request, "bartender/bill.html", bill_context(visit) | {"venue": Venue.here().name})


@require_safe
@never_cache
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever has the cookie of the visit, also after it is over. To anybody else there is no such page."""
    visit_code = visit_code_in(request.COOKIES)
    if not visit_code:
        raise Http404
    tab = tab_seen_by(visit_code, code)
    if tab is None:
        raise Http404
    if tab.status != Tab.Status.PAID:
        return redirect("bartender:shared", code) if split_of(tab) else redirect("bartender:bill")
    venue = Venue.here()
    shown = receipts.receipt_of(tab) | {"can_mail": receipts.can_mail()}
    shown |= {"venue": venue.name, "zone": zone_of(venue)}
    return render(request, "bartender/receipt.html", shown)


@require_safe
def passage(request: HttpRequest, number: int) -> HttpResponse:
    """What an answer stands on, for whoever follows its mark. The same for every guest."""
    found = published(number)
    if found is None:
        raise Http404
    return render(request, "bartender/passage.html", {"passage": found, "venue": Venue.here().name})


def over(request: HttpRequest, visit: Visit) -> HttpResponse:
    return render(request, "bartender/over.html", {"visit": visit, "bill": bill_of(visit)})


def seen(code: str) -> Visit:
    """The visit as a page may show it. One that exists as a code only is not written by looking."""
    found = Visit.objects.filter(code=code).first() if code else None
    return found or Visit(code=code or new_code())
