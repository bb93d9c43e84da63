"""Assistance requests in the admin, with buttons to answer and to resolve one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST

from bartender.models.assistance import AssistanceRequest
from bartender.services.assistance import answer_request, resolve_request
from maya_site.core.errors import Refusal
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, redirect_back

RequestStatus = AssistanceRequest.Status
NEXT_STEPS = {
    RequestStatus.OPEN: (("answer", "I am coming"), ("resolve", "Resolved")),
    RequestStatus.ANSWERED: (("resolve", "Resolved"),),
}


@admin.register(AssistanceRequest)
class AssistanceRequestAdmin(ReadOnlyAdminMixin, ModelAdmin[AssistanceRequest]):
    list_display = (
        "created_at",
        "kind",
        "guest_text",
        "visit",
        "status",
        "one_click",
        "answered_by",
        "answered_at",
        "resolved_by",
        "resolved_at",
    )
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("visit", "answered_by", "resolved_by")
    search_fields = ("guest_text", "visit__code")
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AssistanceRequest]:
        return super().get_queryset(request).select_related("visit", "answered_by", "resolved_by")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/answer/",
                self.admin_site.admin_view(self.answer),
                name="bartender_assistancerequest_answer",
            ),
            path(
                "<int:pk>/resolve/",
                self.admin_site.admin_view(self.resolve),
                name="bartender_assistancerequest_resolve",
            ),
            *super().get_urls(),
        ]

    @admin.display(description="what is next")
    def one_click(self, row: AssistanceRequest) -> str:
        steps = NEXT_STEPS.get(RequestStatus(row.status), ())
        if not steps:
            return "-"
        return format_html_join(
            " ",
            '<button type="submit" class="one-click on" formmethod="post" formaction="{}">{}</button>',
            [
                (reverse(f"admin:bartender_assistancerequest_{step}", args=[row.pk]), says)
                for step, says in steps
            ],
        )

    @method_decorator(require_POST)
    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._apply(request, pk, answer_request, "I am coming")

    @method_decorator(require_POST)
    def resolve(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._apply(request, pk, resolve_request, "Resolved")

    def _apply(
        self,
        request: HttpRequest,
        pk: int,
        action: Callable[[AssistanceRequest, User], AssistanceRequest],
        change_message: str,
    ) -> HttpResponse:
        if not request.user.has_perm("bartender.answer_request"):
            raise PermissionDenied
        row = get_object_or_404(AssistanceRequest, pk=pk)
        person: Any = request.user
        try:
            now = action(row, person)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        else:
            self.log_change(request, now, change_message)
            self.message_user(request, format_html("{}: {}.", change_message, now), messages.SUCCESS)
        return redirect_back(request, AssistanceRequest)
