"""The guest's choice of language, kept in the cookie and on the visit, so that turns use it too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import check_for_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from bartender.models.visits import Visit
from maya_site.core.cookies import read_visit_code


@require_POST
@never_cache
def choose_language(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("language", "")
    if check_for_language(wanted):
        Visit.objects.active().filter(code=read_visit_code(request.COOKIES)).update(language=wanted[:8])
    return set_language(request)
