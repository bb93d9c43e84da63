"""Money is looked at here and never written: tabs, ledger and payments have no add, change or delete."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from maya_site.lib.admin import ModelAdmin, ReadOnly, money
from maya_site.lib.errors import ProviderError, Refused
from maya_site.lib.money import dollars
from payments.figures import DUE, NET, TOTAL, left_unpaid, with_something_on
from payments.ledger import Cause
from payments.models import Journal, LedgerEntry, Payment, Refund, Tab
from payments.settling import catch_up

logger = logging.getLogger(__name__)

MOST_JOURNALS = 500


class LeftUnpaid(admin.SimpleListFilter):
    """Tabs whose guest went away. They stay in this list until they are settled."""

    title = "left unpaid"
    parameter_name = "left_unpaid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes: look at it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tab]) -> QuerySet[Tab]:
        return queryset.filter(pk__in=left_unpaid().values("pk")) if self.value() == "yes" else queryset


class StillDue(admin.SimpleListFilter):
    """What stands on the first page as "on open tabs": unsettled, with something on it."""

    title = "still due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tab]) -> QuerySet[Tab]:
        wanted = with_something_on().values("pk")
        return queryset.filter(pk__in=wanted) if self.value() == "yes" else queryset


@admin.register(Tab)
class TabAdmin(ReadOnly, ModelAdmin[Tab]):
    list_display = (
        "short_code",
        "status",
        "opened_at",
        "units",
        money("net_cents", "net", NET),
        money("tip_cents", "tip"),
        money("total_cents", "total", TOTAL),
        money("paid_cents", "paid"),
        money("due_cents", "due", DUE),
        "flagged_at",
    )
    list_filter = (LeftUnpaid, StillDue, "status", "currency")
    search_fields = ("code", "visit_code", "payments__code", "payments__reference")
    date_hierarchy = "opened_at"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/payments/tab/change_form.html"
    fields = (("status", "opened_at", "closed_at", "flagged_at"), ("units", "tax_rate_bp", "version"))

    @admin.display(description="tab", ordering="code")
    def short_code(self, tab: Tab) -> str:
        return tab.code[:8]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        tab: Tab = context["original"]
        context["journals"] = tab.journals.prefetch_related("entries")[:MOST_JOURNALS]
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Journal)
class JournalAdmin(ReadOnly, ModelAdmin[Journal]):
    list_display = ("id", "at", "kind", "tab", "version", "actor", "source", "reason", "legs")
    list_filter = ("kind", "source")
    list_select_related = ("tab",)
    search_fields = ("tab__code", "key", "actor", "reason")
    date_hierarchy = "at"
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ("legs",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Journal]:
        return super().get_queryset(request).select_related("tab").prefetch_related("entries")

    @admin.display(description="entries")
    def legs(self, journal: Journal) -> str:
        """Debit as it is, credit negative: the legs of a journal sum to zero."""
        return ", ".join(f"{leg.get_account_display()} {dollars(leg.cents)}" for leg in journal.entries.all())


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, ModelAdmin[LedgerEntry]):
    list_display = (
        "id",
        "at",
        "account",
        money("cents", "debit / -credit"),
        "quantity",
        money("unit_cents", "unit"),
        "reference",
        "tab",
        "journal",
    )
    list_filter = ("account", "journal__kind")
    list_select_related = ("tab", "journal")
    search_fields = ("tab__code", "reference")
    date_hierarchy = "journal__at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return super().get_queryset(request).select_related("tab", "journal")

    @admin.display(ordering="journal__at")
    def at(self, entry: LedgerEntry) -> datetime:
        return entry.journal.at


@admin.register(Payment)
class PaymentAdmin(ReadOnly, ModelAdmin[Payment]):
    list_display = (
        "code",
        "status",
        "provider",
        money("amount_cents", "amount"),
        "tab",
        "created_at",
        "finished_at",
    )
    list_filter = ("status", "provider")
    list_select_related = ("tab",)
    search_fields = ("code", "reference", "tab__code", "tab__visit_code")
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False
    # The nonce is the guest's own: with it a bill is confirmed.
    exclude = ("nonce",)
    change_form_template = "admin/payments/payment/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).select_related("tab")

    def get_urls(self) -> list[URLPattern]:
        ask = path("<int:pk>/ask/", self.admin_site.admin_view(self.ask), name="payments_payment_ask")
        return [ask, *super().get_urls()]

    @method_decorator(require_POST)
    def ask(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How it stands at its till, and what follows from that: as when the guest came back from there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        payment = get_object_or_404(Payment, pk=pk)
        actor = f"staff:{request.user.get_username()}"[:80]
        try:
            payment = catch_up(payment, Cause(f"asked:{payment.code}", actor, "admin"))
        except (ProviderError, Refused) as trouble:
            logger.warning("payment %s waits for its till: %s", payment.code[:8], trouble)
            self.message_user(request, "The till does not answer. Ask again in a minute.", messages.ERROR)
        else:
            said = f"The till was asked: {payment.get_status_display().lower()}."
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:payments_payment_change", args=[pk]))


@admin.register(Refund)
class RefundAdmin(ReadOnly, ModelAdmin[Refund]):
    """Money that went back, and what is still on its way."""

    list_display = (
        "created_at",
        "status",
        money("amount_cents", "amount"),
        "payment",
        "actor",
        "reason",
        "trouble",
        "finished_at",
    )
    list_filter = ("status", "payment__provider")
    list_select_related = ("payment",)
    search_fields = ("code", "reference", "actor", "payment__code", "payment__tab__code")
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).select_related("payment")
