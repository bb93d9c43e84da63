"""Staff actions in the admin: the form, the page with the amounts, and the second person's decision."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from bartender.admin.staff_action_forms import StaffActionForm
from bartender.models.staff_actions import StaffAction
from bartender.services import staff_actions
from bartender.services.staff_actions import (
    APPROVE_PERMISSION,
    REQUIRED_PERMISSIONS,
    StaffActionRequest,
    can_approve,
    describe_completed_action,
    describe_planned_action,
)
from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, money_column
from payments.models import Tab

ActionKind = StaffAction.Kind
ActionStatus = StaffAction.Status


@admin.register(StaffAction)
class StaffActionAdmin(ReadOnlyAdminMixin, ModelAdmin[StaffAction]):
    """The read-only audit trail of staff actions, with views to request and to decide one."""

    list_display = (
        "requested_at",
        "kind",
        money_column("amount_cents", "amount", currency_path="tab.currency"),
        "status",
        "requested_by",
        "decided_by",
        "reason",
        "note",
        "tab",
    )
    list_filter = ("status", "kind", "reason", "requested_by", "decided_by")
    list_select_related = ("tab", "requested_by", "decided_by")
    search_fields = ("tab__code", "note", "line__name", "tender", "tip_recipient__username")
    date_hierarchy = "requested_at"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/bartender/staffaction/change_form.html"
    exclude = ("key", "replaced")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffAction]:
        related = ("tab", "requested_by", "decided_by", "line", "payment", "tip_recipient")
        return super().get_queryset(request).select_related(*related)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("tab/<int:tab>/<slug:kind>/", view(self.new_action), name="bartender_staffaction_new"),
            path("<int:pk>/decide/", view(self.decide), name="bartender_staffaction_decide"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        action: StaffAction = context["original"]
        may = can_approve(action, request.user)  # type: ignore[arg-type]
        context |= {
            "waits": action.status == ActionStatus.WAITING,
            "may_decide": may,
            "words": describe_planned_action(action),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def new_action(self, request: HttpRequest, tab: int, kind: str) -> HttpResponse:
        if kind not in REQUIRED_PERMISSIONS:
            raise Http404
        if not request.user.has_perm(REQUIRED_PERMISSIONS[ActionKind(kind)]):
            raise PermissionDenied
        found = get_object_or_404(Tab, pk=tab)
        if request.method != "POST":
            given = {"id": secrets.token_urlsafe(12), "line": request.GET.get("line")}
            return self._render_form(request, StaffActionForm(kind, found, initial=given))
        form = StaffActionForm(kind, found, request.POST)
        if not form.is_valid() or request.POST.get("step") not in ("look", "do"):
            return self._render_form(request, form)
        shown = request.POST.get("shown", "")
        if request.POST["step"] == "look" or not shown.isdecimal():
            return self._render_form(request, form, form.build_request())
        self._submit(request, form, int(shown))
        return HttpResponseRedirect(reverse("admin:payments_tab_change", args=[tab]))

    def _render_form(
        self, request: HttpRequest, form: StaffActionForm, action_request: StaffActionRequest | None = None
    ) -> HttpResponse:
        """With `action_request`, the form is hidden under a description of what it will do."""
        context = {
            **self.admin_site.each_context(request),
            "title": str(ActionKind(form.kind).label).capitalize(),
            "form": form,
            "tab": form.tab,
            "action_request": action_request,
            "reason": StaffAction.Reason(action_request.reason).label if action_request else "",
            "words": describe_planned_action(action_request) if action_request else "",
            "shown": action_request.amount_at_stake_cents() if action_request else 0,
            "two": action_request is not None
            and staff_actions.needs_second_person(form.kind, action_request.amount_at_stake_cents()),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/bartender/staffaction/action.html", context)

    def _submit(self, request: HttpRequest, form: StaffActionForm, shown: int) -> None:
        wish, person = replace(form.build_request(), shown_cents=shown), request.user
        try:
            action = staff_actions.submit_action(wish, person, form.cleaned_data["id"])  # type: ignore[arg-type]
        except (Refusal, ProviderError) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return
        if action.status == ActionStatus.WAITING:
            said = "This amount needs a second person's approval. Nothing has changed yet."
            self.message_user(request, said, messages.WARNING)
        else:
            self.message_user(request, f"Done: {describe_completed_action(action)}", messages.SUCCESS)

    @method_decorator(require_POST)
    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(APPROVE_PERMISSION):
            raise PermissionDenied
        action = get_object_or_404(StaffAction.objects.select_related("tab", "requested_by"), pk=pk)
        how = staff_actions.approve if request.POST.get("say") == "yes" else staff_actions.decline
        try:
            action = how(action, request.user)  # type: ignore[arg-type]
        except (Refusal, ProviderError) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            said = (
                f"Done: {describe_completed_action(action)}"
                if action.status == ActionStatus.DONE
                else f"Declined: {describe_planned_action(action)}."
            )
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:bartender_staffaction_change", args=[pk]))
