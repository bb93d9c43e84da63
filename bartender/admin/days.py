"""X and Z reports in the admin, on pages that print."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from bartender.records.menu import Venue
from bartender.report_words import sections
from bartender.services import closing
from bartender.services.days import business_day
from bartender.services.staff_deeds import actor_of
from maya_site.lib.admin import ModelAdmin, ReadOnly
from maya_site.lib.errors import Refused
from maya_site.lib.money import dollars
from payments.models import ZReport


@admin.register(ZReport)
class ZReportAdmin(ReadOnly, ModelAdmin[ZReport]):
    list_display = ("number", "business_date", "net", "kept", "closed_by", "closed_at")
    search_fields = ("=number", "closed_by")
    date_hierarchy = "business_date"
    list_per_page = 50
    change_list_template = "admin/payments/zreport/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("x/", view(self.x_report), name="payments_zreport_x"),
            path("close/", view(self.close_day), name="payments_zreport_close"),
            *super().get_urls(),
        ]

    def may_close(self, request: HttpRequest) -> bool:
        """Nobody adds a report by hand; this right is to close a day."""
        return request.user.has_perm("payments.close_day")

    @admin.display(description="net sales")
    def net(self, report: ZReport) -> str:
        return dollars(report.figures["real"]["net_cents"])

    @admin.display(description="kept")
    def kept(self, report: ZReport) -> str:
        return dollars(report.figures["real"]["kept_cents"])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return response
        return self._page(request, closing.report_of(found))

    def x_report(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, closing.x_report())

    def _page(self, request: HttpRequest, report: closing.Report) -> HttpResponse:
        venue = Venue.here()
        open_day = None if report.number else closing.oldest_open(venue)
        context = {
            **self.admin_site.each_context(request),
            "title": report.name,
            "report": report,
            "sections": sections(report.figures),
            "venue": venue,
            "open_day": open_day,
            "is_over": open_day and open_day < business_day(venue, now()).date,
            "may_close": self.may_close(request),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/payments/zreport/report.html", context)

    @method_decorator(require_POST)
    def close_day(self, request: HttpRequest) -> HttpResponse:
        if not self.may_close(request):
            raise PermissionDenied
        try:
            on = date.fromisoformat(request.POST.get("date", ""))
            report = closing.z_report(on, actor_of(request.user))
        except (Refused, ValueError) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:payments_zreport_x"))
        self.message_user(request, f"{report} is closed.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:payments_zreport_change", args=[report.pk]))
