"""The trail of the bar display: who moved which ticket, and who answered a guest in Maya's place."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from bartender.records.room import Takeover, TicketMove
from maya_site.lib.admin import ModelAdmin, ReadOnly


@admin.register(TicketMove)
class TicketMoveAdmin(ReadOnly, ModelAdmin[TicketMove]):
    list_display = ("at", "ticket", "number", "before", "after", "by")
    list_filter = ("after", "by")
    list_select_related = ("ticket",)
    search_fields = ("=ticket__id", "by")
    date_hierarchy = "at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketMove]:
        return super().get_queryset(request).select_related("ticket")


@admin.register(Takeover)
class TakeoverAdmin(ReadOnly, ModelAdmin[Takeover]):
    list_display = ("began_at", "visit", "by", "ended_at", "ended_by", "summary")
    list_filter = ("by",)
    list_select_related = ("visit",)
    search_fields = ("visit__code", "by", "summary")
    date_hierarchy = "began_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Takeover]:
        return super().get_queryset(request).select_related("visit")
