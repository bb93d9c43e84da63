"""Staff deeds in the admin: a form, a page with the amounts, the deed; and the second person's say."""

from __future__ import annotations

import secrets
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

from bartender.admin.deed_forms import DeedForm
from bartender.records.deeds import StaffDeed
from bartender.services import staff_deeds
from bartender.services.staff_deeds import APPROVE, MAY, Wish
from maya_site.lib.admin import ModelAdmin, ReadOnly, money
from maya_site.lib.errors import ProviderError, Refused
from maya_site.lib.money import dollars
from payments.models import Tab

Kind = StaffDeed.Kind
Status = StaffDeed.Status


@admin.register(StaffDeed)
class StaffDeedAdmin(ReadOnly, ModelAdmin[StaffDeed]):
    """The trail of who did what and why. Nobody edits it."""

    list_display = (
        "asked_at",
        "kind",
        money("cents", "amount"),
        "status",
        "asked_by",
        "decided_by",
        "reason",
        "note",
        "tab",
    )
    list_filter = ("status", "kind", "reason", "asked_by", "decided_by")
    list_select_related = ("tab", "asked_by", "decided_by")
    search_fields = ("tab__code", "note", "line__name", "word")
    date_hierarchy = "asked_at"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/bartender/staffdeed/change_form.html"
    exclude = ("key",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffDeed]:
        related = ("tab", "asked_by", "decided_by", "line", "payment")
        return super().get_queryset(request).select_related(*related)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("tab/<int:tab>/<slug:kind>/", view(self.deed), name="bartender_staffdeed_new"),
            path("<int:pk>/decide/", view(self.decide), name="bartender_staffdeed_decide"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        deed: StaffDeed = context["original"]
        may = request.user.has_perm(APPROVE) and deed.asked_by_id != request.user.pk
        context |= {"waits": deed.status == Status.WAITING, "may_decide": may, "words": words(deed)}
        return super().render_change_form(request, context, *args, **kwargs)

    def deed(self, request: HttpRequest, tab: int, kind: str) -> HttpResponse:
        if kind not in Kind.values:
            raise Http404
        if not request.user.has_perm(MAY[Kind(kind)]):
            raise PermissionDenied
        found = get_object_or_404(Tab, pk=tab)
        if request.method != "POST":
            given = {"id": secrets.token_urlsafe(12), "line": request.GET.get("line")}
            return self._page(request, DeedForm(kind, found, initial=given))
        form = DeedForm(kind, found, request.POST)
        if not form.is_valid() or request.POST.get("step") not in ("look", "do"):
            return self._page(request, form)
        if request.POST["step"] == "look":
            return self._page(request, form, form.wish())
        self._do(request, form)
        return HttpResponseRedirect(reverse("admin:payments_tab_change", args=[tab]))

    def _page(self, request: HttpRequest, form: DeedForm, wish: Wish | None = None) -> HttpResponse:
        """First the form, then the same form hidden, with what it will do in words and amounts."""
        context = {
            **self.admin_site.each_context(request),
            "title": str(Kind(form.kind).label).capitalize(),
            "form": form,
            "tab": form.tab,
            "wish": wish,
            "reason": StaffDeed.Reason(wish.reason).label if wish else "",
            "words": words(wish) if wish else "",
            "two": wish is not None and staff_deeds.needs_two(form.kind, wish.at_stake()),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/bartender/staffdeed/deed.html", context)

    def _do(self, request: HttpRequest, form: DeedForm) -> None:
        try:
            deed = staff_deeds.ask(form.wish(), request.user, form.cleaned_data["id"])  # type: ignore[arg-type]
        except (Refused, ProviderError) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return
        if deed.status == Status.WAITING:
            said = "It is above what one person decides: it waits for a second one. Nothing has moved yet."
            self.message_user(request, said, messages.WARNING)
        else:
            self.message_user(request, f"Done: {words(deed)}", messages.SUCCESS)

    @method_decorator(require_POST)
    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(APPROVE):
            raise PermissionDenied
        deed = get_object_or_404(StaffDeed.objects.select_related("tab", "asked_by"), pk=pk)
        how = staff_deeds.approve if request.POST.get("say") == "yes" else staff_deeds.decline
        try:
            deed = how(deed, request.user)  # type: ignore[arg-type]
        except (Refused, ProviderError) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            said = f"{deed.get_status_display()}: {words(deed)}".capitalize()
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:bartender_staffdeed_change", args=[pk]))


def words(deed: StaffDeed | Wish) -> str:
    """One sentence with the amount in it, from a deed or from a wish for one."""
    cents = deed.cents if isinstance(deed, StaffDeed) else deed.at_stake()
    line = deed.line.name if deed.line else ""
    amount = dollars(cents or 0)
    said = {
        Kind.VOID_LINE: f"void {deed.units} × {line}, {amount}",
        Kind.VOID_TAB: f"void the whole tab, {amount}",
        Kind.COMP_LINE: f"{amount} of {line} on the house",
        Kind.COMP_TAB: f"{amount} of the tab on the house",
        Kind.REFUND: f"give {amount} back",
        Kind.TENDER: f"{amount} received, {deed.word}",
        Kind.CLOSE: "close the tab, which owes nothing",
        Kind.TIP_FOR: f"the tip of {amount} is for {deed.word}",
    }
    return f"{said[Kind(deed.kind)]}."
