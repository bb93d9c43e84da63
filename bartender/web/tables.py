"""The address on a table's QR card, and the guest's own name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bartender.errors import TableNotInUse
from bartender.models.visits import Visit, new_code
from bartender.services import tables, visits
from maya_site.core.client_addresses import request_client_key
from maya_site.core.cookies import read_returning_guest_code, read_visit_code, set_visit_cookie
from maya_site.core.rate_limits import REQUEST_LIMIT, check_rate_limit


@require_GET
@never_cache
def sit_down(request: HttpRequest, code: str) -> HttpResponse:
    """Opens the bar at the table of this code; without a table where the code is wrong or retired.

    A guest who scans the card sits down: the one look at a page that makes a visit, since it changes nothing
    but where the guest's own visit is.
    """
    check_rate_limit(REQUEST_LIMIT, request_client_key(request))
    response = redirect("bartender:bar")
    try:
        table = tables.find_table(code)
    except TableNotInUse as refusal:
        messages.warning(request, str(refusal))
        return response
    visit = _enter(request)
    if visit.table_id != table.pk:
        tables.seat_guest(visit, table)
    messages.success(request, _("You are at %(table)s.") % {"table": visit.place})
    set_visit_cookie(response, visit.code)
    return response


def _enter(request: HttpRequest) -> Visit:
    """The guest's visit, or a new one where there is none or it is over."""
    returning_guest = read_returning_guest_code(request.COOKIES)
    for code in filter(None, (read_visit_code(request.COOKIES), new_code())):
        if visit := visits.get_or_create_visit(code, returning_guest=returning_guest):
            return visit
    raise AssertionError("a visit that was just made is open")
