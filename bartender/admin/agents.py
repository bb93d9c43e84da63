"""Guests' agents in the admin: what each may do, every call it made, and a button that stops it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bartender.models.agents import AgentCall, AgentPairing
from bartender.services.agent_pairings import revoke_pairing
from maya_site.core.model_admin import (
    IndexedValuesFilter,
    ModelAdmin,
    ReadOnlyAdminMixin,
    money_column,
    redirect_back,
)


@admin.register(AgentPairing)
class AgentPairingAdmin(ReadOnlyAdminMixin, ModelAdmin[AgentPairing]):
    list_display = (
        "created_at",
        "visit",
        "name",
        money_column("cents_allowed", "allowed"),
        "drinks_allowed",
        "expires_at",
        "calls_made",
        "last_call_at",
        "revoked_at",
        "revoked_by",
        "one_click",
    )
    list_filter = ("created_at",)
    list_select_related = ("visit", "revoked_by")
    search_fields = ("code", "visit__code", "visit__guest_name")
    search_help_text = "Code of the agent or the visit, or the guest's name"
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentPairing]:
        return super().get_queryset(request).select_related("visit", "revoked_by")

    def get_urls(self) -> list[URLPattern]:
        stop = path(
            "<int:pk>/stop/", self.admin_site.admin_view(self.stop), name="bartender_agentpairing_stop"
        )
        return [stop, *super().get_urls()]

    @admin.display(description="what is next")
    def one_click(self, row: AgentPairing) -> str:
        now = timezone.now()
        ends_at = row.expires_at or row.code_expires_at
        if row.revoked_at or ends_at <= now or row.visit.closed_at:
            return "-"
        return format_html(
            '<button type="submit" class="one-click on" formmethod="post" formaction="{}">Stop</button>',
            reverse("admin:bartender_agentpairing_stop", args=[row.pk]),
        )

    @method_decorator(require_POST)
    def stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("bartender.stop_agent"):
            raise PermissionDenied
        row = get_object_or_404(AgentPairing.objects.select_related("visit"), pk=pk)
        person: Any = request.user
        revoke_pairing(row, person)
        self.log_change(request, row, "Stopped")
        self.message_user(request, f"Stopped: {row}.", messages.SUCCESS)
        return redirect_back(request, AgentPairing)


@admin.register(AgentCall)
class AgentCallAdmin(ReadOnlyAdminMixin, ModelAdmin[AgentCall]):
    list_display = ("called_at", "pairing", "tool", "outcome", "arguments", "detail", "key")
    list_filter = ("outcome", ("tool", IndexedValuesFilter), "called_at")
    list_select_related = ("pairing",)
    search_fields = ("pairing__code", "pairing__visit__code", "tool", "key")
    search_help_text = "Code of the agent or the visit, a tool, or a key"
    date_hierarchy = "called_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentCall]:
        return super().get_queryset(request).select_related("pairing")
