"""The stock admin in the venue's own time, with the evening's figures on its first page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from bartender.records.menu import Venue
from bartender.services.evening import evening

# Whoever may look at tabs may look at what they add up to.
MAY_SEE_THE_EVENING = "payments.view_tab"


class MayaAdminSite(AdminSite):
    site_header = "MOK 5-ha: behind the bar"
    site_title = "MOK 5-ha"
    index_title = "This evening"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Staff read the bar's clock. Pages are rendered here, while its timezone holds."""

        @functools.wraps(view)
        def in_venue_time(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(ZoneInfo(Venue.here().timezone)):
                response = view(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return super().admin_view(in_venue_time, cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = dict(extra_context or {})
        if request.user.has_perm(MAY_SEE_THE_EVENING):
            context["evening"] = evening(Venue.here(), timezone.now())
        return super().index(request, context)
