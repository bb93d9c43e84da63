"""X and Z reports in the admin, on printable pages, and the form that closes a business day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.timezone import now

from bartender.admin.books import export_page
from bartender.admin.reports import sales_page
from bartender.errors import OpenItemsRemain
from bartender.models.menu import Venue
from bartender.services import business_days
from bartender.services.open_items import find_open_items
from bartender.services.report_rows import report_sections
from bartender.services.staff_actions import actor_name
from maya_site.core.errors import Refusal
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, money_column
from maya_site.core.money import format_money
from maya_site.core.venue import business_day_at
from payments.models import DrawerEntry, ZReport


class CloseDayForm(forms.Form):
    date = forms.DateField()
    reason = forms.CharField(max_length=business_days.MAX_REASON_LENGTH, required=False)


@admin.register(ZReport)
class ZReportAdmin(ReadOnlyAdminMixin, ModelAdmin[ZReport]):
    list_display = ("number", "business_date", "net", "received_net", "closed_by", "closed_at")
    search_fields = ("=number", "closed_by")
    date_hierarchy = "business_date"
    list_per_page = 50
    change_list_template = "admin/payments/zreport/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("x/", view(self.x_report), name="payments_zreport_x"),
            path("export/", view(self.export_books), name="payments_zreport_export"),
            path("sales/", view(self.sales), name="payments_zreport_sales"),
            path("close/", view(self.close_day), name="payments_zreport_close"),
            *super().get_urls(),
        ]

    def export_books(self, request: HttpRequest) -> HttpResponseBase:
        return export_page(request, self.admin_site)

    def sales(self, request: HttpRequest) -> HttpResponse:
        return sales_page(request, self.admin_site)

    def has_close_day_permission(self, request: HttpRequest) -> bool:
        """Used in place of the add permission: a report is only ever created by closing a day."""
        return request.user.has_perm("payments.close_day")

    @admin.display(description="net sales")
    def net(self, report: ZReport) -> str:
        return format_money(report.figures["real"]["net_cents"], report.figures.get("currency", ""))

    @admin.display(description="kept")
    def received_net(self, report: ZReport) -> str:
        return format_money(report.figures["real"]["kept_cents"], report.figures.get("currency", ""))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return response
        return self._render_report(request, business_days.report_from_z_report(found))

    def x_report(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._render_report(request, business_days.build_x_report())

    def _render_report(self, request: HttpRequest, report: business_days.BusinessDayReport) -> HttpResponse:
        venue = Venue.current()
        open_day = None if report.number else business_days.oldest_open_date(venue)
        context = {
            **self.admin_site.each_context(request),
            "title": report.name,
            "report": report,
            "sections": report_sections(report.figures),
            "venue": venue,
            "open_day": open_day,
            "is_over": open_day and open_day < business_day_at(venue, now()).date,
            "may_close": self.has_close_day_permission(request),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/payments/zreport/report.html", context)

    def close_day(self, request: HttpRequest) -> HttpResponse:
        """Shows what is open and asks for a reason; a second page asks for confirmation."""
        if not self.has_close_day_permission(request):
            raise PermissionDenied
        form = CloseDayForm(request.POST if request.method == "POST" else request.GET)
        if not form.is_valid() and "date" in form.errors:
            self.message_user(request, "Which day? Close it from the page of its report.", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:payments_zreport_x"))
        on, reason = form.cleaned_data["date"], form.cleaned_data.get("reason", "")
        if request.method == "POST" and request.POST.get("step") == "do":
            return self._close_day(request, on, reason)
        return self._render_close_page(request, on, reason)

    def _render_close_page(self, request: HttpRequest, on: date, reason: str) -> HttpResponse:
        left, is_submitted = find_open_items(), request.method == "POST"
        context = {
            **self.admin_site.each_context(request),
            "title": f"Close {on:%A} {on.day} {on:%B %Y}",
            "day": on,
            "left": left,
            "reason": reason,
            "sure": is_submitted and bool(reason or not left),
            "missing": is_submitted and bool(left) and not reason,
            "max_length": business_days.MAX_REASON_LENGTH,
            "is_over": on < business_day_at(Venue.current(), now()).date,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/payments/zreport/close.html", context)

    def _close_day(self, request: HttpRequest, on: date, reason: str) -> HttpResponse:
        try:
            report = business_days.close_business_day(on, actor_name(request.user), reason)
        except OpenItemsRemain:  # opened since the page was shown: ask for a reason
            return self._render_close_page(request, on, reason)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:payments_zreport_x"))
        self.message_user(request, f"{report} is closed.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:payments_zreport_change", args=[report.pk]))


@admin.register(DrawerEntry)
class DrawerEntryAdmin(ReadOnlyAdminMixin, ModelAdmin[DrawerEntry]):
    """What was done at the cash drawer. It is entered on the bar display, and stands in the Z report."""

    list_display = (
        "created_at",
        "kind",
        money_column("cents", "amount"),
        money_column("expected_cents", "expected"),
        "made_by",
        "note",
        "in_report",
    )
    list_filter = ("kind", "made_by")
    list_select_related = ("made_by", "in_report__report")
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False
    exclude = ("key",)

    @admin.display(description="Z report")
    def in_report(self, entry: DrawerEntry) -> str:
        line = getattr(entry, "in_report", None)
        return str(line.report) if line else "-"
