"""Opening hours and special dates, and the record of what staff switched by hand."""

from __future__ import annotations

from django.contrib import admin

from bartender.admin.menu import MenuModelAdmin
from bartender.models.bar_state import BarSwitch, OpeningHours, SpecialDate
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin


@admin.register(OpeningHours)
class OpeningHoursAdmin(MenuModelAdmin[OpeningHours]):
    list_display = ("weekday", "opens_at", "closes_at")
    list_filter = ("weekday",)


@admin.register(SpecialDate)
class SpecialDateAdmin(MenuModelAdmin[SpecialDate]):
    list_display = ("date", "opens_at", "closes_at", "name")
    date_hierarchy = "date"
    search_fields = ("name",)


@admin.register(BarSwitch)
class BarSwitchAdmin(ReadOnlyAdminMixin, ModelAdmin[BarSwitch]):
    """Who closed and opened the bar, and who gave last call. It is pressed on the bar display."""

    list_display = ("switched_at", "kind", "switched_by", "orders_end_at", "until_next_opening")
    list_filter = ("kind", ("switched_by", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("switched_by",)
    date_hierarchy = "switched_at"
    list_per_page = 50
    show_full_result_count = False
    exclude = ("key",)
