"""Serving policies, and guests' requests that wait for a person's approval."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bartender.admin.menu import MenuModelAdmin
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.services.approvals import describe_decision
from bartender.services.responsible_service import decide_approval
from maya_site.core.errors import Refusal
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, redirect_back


@admin.register(ServingPolicy)
class ServingPolicyAdmin(MenuModelAdmin[ServingPolicy]):
    """A policy applies from its date on; a change of policy is a new row with a later date."""

    list_display = (
        "valid_from",
        "soft_limit_drinks",
        "approval_limit_drinks",
        "hard_limit_drinks",
        "window_minutes",
        "age_check",
        "legal_age",
    )


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdminMixin, ModelAdmin[Approval]):
    list_display = (
        "requested_at",
        "kind",
        "description",
        "visit",
        "status",
        "decided_by",
        "decided_at",
        "one_click",
    )
    list_filter = ("status", "kind")
    list_select_related = ("visit", "item", "decided_by")
    search_fields = ("description", "visit__code")
    date_hierarchy = "requested_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return super().get_queryset(request).select_related("visit", "item", "decided_by")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", view, name="bartender_approval_decide"), *super().get_urls()]

    @admin.display(description="a person's word")
    def one_click(self, leave: Approval) -> str:
        if leave.status != Approval.Status.WAITING:
            return "-"
        url = reverse("admin:bartender_approval_decide", args=[leave.pk])
        return format_html(
            '<button type="submit" class="one-click on" formmethod="post" formaction="{}" name="given"'
            ' value="1">Yes</button> <button type="submit" class="one-click off" formmethod="post"'
            ' formaction="{}" name="given" value="0">No</button>',
            url,
            url,
        )

    @method_decorator(require_POST)
    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("bartender.decide_approval"):
            raise PermissionDenied
        leave = get_object_or_404(Approval, pk=pk)
        person: Any = request.user
        try:
            now = decide_approval(leave, person, is_approved=request.POST.get("given") == "1")
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        else:
            self.log_change(request, now, now.get_status_display())
            self.message_user(request, describe_decision(now), messages.SUCCESS)
        return redirect_back(request, Approval)
