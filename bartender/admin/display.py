"""The audit trail of the bar display, read-only: ticket moves and takeovers."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from bartender.models.display import Takeover, TicketMove
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin


@admin.register(TicketMove)
class TicketMoveAdmin(ReadOnlyAdminMixin, ModelAdmin[TicketMove]):
    list_display = ("moved_at", "ticket", "number", "from_status", "to_status", "moved_by")
    list_filter = ("to_status", "moved_by")
    list_select_related = ("ticket", "moved_by")
    search_fields = ("=ticket__id", "moved_by__username")
    date_hierarchy = "moved_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketMove]:
        return super().get_queryset(request).select_related("ticket", "moved_by")


@admin.register(Takeover)
class TakeoverAdmin(ReadOnlyAdminMixin, ModelAdmin[Takeover]):
    list_display = ("started_at", "visit", "started_by", "ended_at", "ended_by", "summary")
    list_filter = ("started_by",)
    list_select_related = ("visit", "started_by", "ended_by")
    search_fields = ("visit__code", "started_by__username", "summary")
    date_hierarchy = "started_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Takeover]:
        return super().get_queryset(request).select_related("visit", "started_by", "ended_by")
