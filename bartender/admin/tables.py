"""Areas, tables and seats in the admin, and the sheet of QR cards to print."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from bartender.models.menu import Venue
from bartender.models.tables import Area, Seat, Table, new_table_code
from maya_site.core.model_admin import ModelAdmin, TabularInline
from maya_site.core.public_urls import build_public_url
from maya_site.core.qr_codes import qr_code_inline

MAX_CARDS = 400


class TableInline(TabularInline[Table, Area]):
    model = Table
    fields = ("name", "is_active", "position")
    extra = 0
    show_change_link = True  # to its seats


class SeatInline(TabularInline[Seat, Table]):
    model = Seat
    extra = 0


@admin.register(Area)
class AreaAdmin(ModelAdmin[Area]):
    list_display = ("name", "tables_in_use", "position")
    inlines = (TableInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        return super().get_queryset(request).annotate(number=Count("tables"))

    @admin.display(description="tables", ordering="number")
    def tables_in_use(self, area: Any) -> int:
        return int(area.number)


@admin.register(Table)
class TableAdmin(ModelAdmin[Table]):
    list_display = ("__str__", "area", "seat_count", "is_active", "position")
    list_filter = ("is_active", "area")
    list_select_related = ("area",)
    search_fields = ("name", "area__name")
    inlines = (SeatInline,)
    actions = ("print_cards", "renew_codes")
    list_per_page = 100
    change_list_template = "admin/bartender/table/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Table]:
        return super().get_queryset(request).annotate(number=Count("seats"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.cards)
        return [path("cards/", view, name="bartender_table_cards"), *super().get_urls()]

    @admin.display(description="seats", ordering="number")
    def seat_count(self, table: Any) -> int:
        return int(table.number)

    @admin.action(description="QR cards of these, to print", permissions=["view"])
    def print_cards(self, request: HttpRequest, queryset: QuerySet[Table]) -> HttpResponse:
        chosen = "&".join(f"table={table.pk}" for table in queryset)
        return HttpResponseRedirect(f"{reverse('admin:bartender_table_cards')}?{chosen}")

    @admin.action(description="New codes: the cards on these tables stop working", permissions=["change"])
    def renew_codes(self, request: HttpRequest, queryset: QuerySet[Table]) -> None:
        for table in queryset:
            table.code = new_table_code()
            table.save(update_fields=["code"])
            self.log_change(request, table, "New code")
        self.message_user(request, "Done. Print the new cards.", messages.SUCCESS)

    def cards(self, request: HttpRequest) -> HttpResponse:
        """A card for each table that the address names; of all that are in use where it names none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = [int(number) for number in request.GET.getlist("table") if number.isdecimal()]
        tables = Table.objects.filter(is_active=True).select_related("area")
        tables = tables.filter(pk__in=chosen) if chosen else tables
        context = {
            **self.admin_site.each_context(request),
            "title": "QR cards for the tables",
            "cards": [_card(table) for table in tables[:MAX_CARDS]],
            "venue": Venue.current(),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/bartender/table/cards.html", context)


def _card(table: Table) -> dict[str, Any]:
    link = build_public_url(reverse("bartender:sit_down", args=[table.code]))
    return {"table": table, "link": link, "qr_code": qr_code_inline(link, f"QR code of {table}")}
