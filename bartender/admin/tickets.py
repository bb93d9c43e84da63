"""Tickets in the admin, moved on with one click."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bartender.models.visits import Ticket
from bartender.services.tickets import NEXT_STATUS, bump_ticket
from maya_site.core.db import literally_in
from maya_site.core.errors import Refusal
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, redirect_back


class WaitingFilter(admin.SimpleListFilter):
    title = "waiting"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Still to be served")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        return queryset.filter(literally_in("status", NEXT_STATUS)) if self.value() == "yes" else queryset


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdminMixin, ModelAdmin[Ticket]):
    list_display = ("id", "status", "fired_at", "drinks", "alcohol", "requested_by", "visit", "one_click")
    list_filter = (WaitingFilter, "status")
    list_select_related = ("visit",)
    search_fields = ("=id", "visit__code", "lines__name")
    date_hierarchy = "fired_at"
    actions = ("move_on",)
    list_per_page = 50
    show_full_result_count = False
    fields = ("visit", "tab", "status", "fired_at", "updated_at", "drinks", "alcohol", "requested_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).select_related("visit", "tab").prefetch_related("lines")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.bump)
        return [path("<int:pk>/bump/", view, name="bartender_ticket_bump"), *super().get_urls()]

    def has_bump_permission(self, request: HttpRequest) -> bool:
        """A ticket's row is read-only; whoever may change tickets may bump one."""
        return request.user.has_perm("bartender.change_ticket")

    @admin.display
    def drinks(self, ticket: Ticket) -> str:
        return ", ".join(
            " ".join([f"{line.quantity} × {line.name}", *(f"({word})" for word in line.modifiers)])
            for line in ticket.lines.all()
            if line.quantity
        )

    @admin.display(description="alcohol, as sent")
    def alcohol(self, ticket: Ticket) -> str:
        if ticket.ethanol_grams is None or ticket.standard_drinks is None:
            return "not known"
        return f"{ticket.standard_drinks:.1f} standard drinks ({ticket.ethanol_grams:.0f} g)"

    @admin.display(description="bump")
    def one_click(self, ticket: Ticket) -> str:
        after = NEXT_STATUS.get(Ticket.Status(ticket.status))
        if after is None:
            return "-"
        return format_html(
            '<button type="submit" class="one-click on" formmethod="post" formaction="{}" name="seen"'
            ' value="{}">{}</button>',
            reverse("admin:bartender_ticket_bump", args=[ticket.pk]),
            ticket.move_count,
            after.label.capitalize(),
        )

    @method_decorator(require_POST)
    def bump(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_bump_permission(request):
            raise PermissionDenied
        ticket = get_object_or_404(Ticket.objects.select_related("tab"), pk=pk)
        seen = request.POST.get("seen", "")
        self._bump_one(request, ticket, int(seen) if seen.isdecimal() else -1)
        return redirect_back(request, Ticket)

    @admin.action(description="Bump: one step on", permissions=["bump"])
    def move_on(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        for ticket in queryset:
            self._bump_one(request, ticket, ticket.move_count)

    @transaction.atomic
    def _bump_one(self, request: HttpRequest, ticket: Ticket, expected_step: int) -> None:
        """Bumps from the step that was shown, so two people who click at once move it one step."""
        try:
            now = bump_ticket(ticket, cast(User, request.user), expected_step)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return
        self.log_change(request, now, f"Bumped to {now.get_status_display()}")
        self.message_user(
            request, f"Ticket {ticket.pk} is {now.get_status_display().lower()}.", messages.SUCCESS
        )
