"""Which language a guest reads: their choice, kept on the visit, so that all that begins for it speaks it."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils.translation import check_for_language, get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from bartender.records.visits import Visit
from maya_site.lib.cookies import visit_code_in


@require_POST
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("language", "")
    if check_for_language(wanted):
        Visit.objects.here().filter(code=visit_code_in(request.COOKIES)).update(language=wanted[:8])
    return set_language(request)


def language_of_stream(cookies: Mapping[str, str], accepts: str) -> str:
    """As the pages find it, for a stream that passes none of their middleware."""
    request = HttpRequest()
    request.COOKIES = dict(cookies)
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepts
    return get_language_from_request(request)
