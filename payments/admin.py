"""Admin pages for money: tabs, ledger and payments can be looked at, and never added, changed or deleted."""

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

from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.model_admin import (
    IndexedValuesFilter,
    ModelAdmin,
    ReadOnlyAdminMixin,
    money_column,
    values_filter,
)
from maya_site.core.money import format_milli_percent, format_money
from maya_site.core.providers import providers
from payments import money_notices
from payments.ledger import OperationContext
from payments.models import Journal, LedgerEntry, Payment, Refund, Tab, TaxMethod
from payments.providers.base import PaymentProviderSpec
from payments.settlement import reconcile_payment
from payments.summaries import DUE, NET, TOTAL, abandoned_tabs, unsettled_nonempty_tabs
from payments.tenders import BAR_TENDER_LABELS

logger = logging.getLogger(__name__)

MAX_JOURNALS_SHOWN = 500
ProviderFilter = values_filter(
    lambda: [*(spec.name for spec in providers(PaymentProviderSpec)), *BAR_TENDER_LABELS]
)


class AbandonedTabFilter(admin.SimpleListFilter):
    """Tabs whose guest went away. They stay in this list until they are settled."""

    title = "left unpaid"
    parameter_name = "left_unpaid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes: look at it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tab]) -> QuerySet[Tab]:
        return queryset.filter(pk__in=abandoned_tabs().values("pk")) if self.value() == "yes" else queryset


class ExternalMovementFilter(admin.SimpleListFilter):
    """Tabs whose money was moved at the provider, and nobody here has seen it yet."""

    title = "money moved by others"
    parameter_name = "moved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unseen", "Yes: look at it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tab]) -> QuerySet[Tab]:
        wanted = money_notices.unacknowledged_notices().values("tab")
        return queryset.filter(pk__in=wanted) if self.value() == "unseen" else queryset


class BalanceDueFilter(admin.SimpleListFilter):
    """The tabs that the first page counts as “on open tabs”: unsettled, with something on them."""

    title = "still due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tab]) -> QuerySet[Tab]:
        wanted = unsettled_nonempty_tabs().values("pk")
        return queryset.filter(pk__in=wanted) if self.value() == "yes" else queryset


@admin.register(Tab)
class TabAdmin(ReadOnlyAdminMixin, ModelAdmin[Tab]):
    list_display = (
        "short_code",
        "status",
        "opened_at",
        "units",
        money_column("net_cents", "net", NET),
        money_column("tip_cents", "tip"),
        money_column("total_cents", "total", TOTAL),
        money_column("paid_cents", "paid"),
        money_column("due_cents", "due", DUE),
        "flagged_at",
    )
    list_filter = (
        AbandonedTabFilter,
        ExternalMovementFilter,
        BalanceDueFilter,
        "status",
        ("currency", IndexedValuesFilter),
    )
    search_fields = ("code", "visit_code", "payments__code", "payments__reference")
    date_hierarchy = "opened_at"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/payments/tab/change_form.html"
    fields = (("status", "opened_at", "closed_at", "flagged_at"), ("units", "tax", "version"))
    readonly_fields = ("tax",)

    def get_fields(self, request: HttpRequest, obj: Tab | None = None) -> Any:
        """The flag is shown where there is one: its text would be read as a fact of every tab."""
        (*times, flagged), *others = self.fields
        return [(*times, flagged) if obj and obj.flagged_at else tuple(times), *others]

    @admin.display(description="tax rate")
    def tax(self, tab: Tab) -> str:
        if tab.tax_method != TaxMethod.SINGLE:
            return str(tab.get_tax_method_display())
        return format_milli_percent(tab.tax_rate)

    @admin.display(description="tab", ordering="code")
    def short_code(self, tab: Tab) -> str:
        return tab.code[:8]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        tab: Tab = context["original"]
        context["journals"] = tab.journals.prefetch_related("entries__tip_recipient")[:MAX_JOURNALS_SHOWN]
        context["notices"] = tab.notices.select_related("seen_by")
        context["shows_explanations"] = "why" in request.GET
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdminMixin, ModelAdmin[Journal]):
    list_display = ("id", "created_at", "kind", "tab", "version", "actor", "source", "reason", "legs")
    list_filter = ("kind", "source")
    list_select_related = ("tab",)
    search_fields = ("tab__code", "key", "actor", "reason")
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ("legs",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Journal]:
        return super().get_queryset(request).select_related("tab").prefetch_related("entries")

    @admin.display(description="entries")
    def legs(self, journal: Journal) -> str:
        """Debit as it is, credit negative: the legs of a journal sum to zero."""
        of, entries = journal.tab.currency, journal.entries.all()
        return ", ".join(f"{leg.get_account_display()} {format_money(leg.cents, of)}" for leg in entries)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdminMixin, ModelAdmin[LedgerEntry]):
    list_display = (
        "id",
        "at",
        "account",
        money_column("cents", "debit / -credit", currency_path="tab.currency"),
        "quantity",
        money_column("unit_cents", "unit", currency_path="tab.currency"),
        "reference",
        "tip_recipient",
        "tab",
        "journal",
    )
    list_filter = ("account", "journal__kind")
    list_select_related = ("tab", "journal", "tip_recipient")
    search_fields = ("tab__code", "reference", "tip_recipient__username")
    date_hierarchy = "journal__created_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return super().get_queryset(request).select_related("tab", "journal", "tip_recipient")

    @admin.display(ordering="journal__created_at")
    def at(self, entry: LedgerEntry) -> datetime:
        return entry.journal.created_at


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdminMixin, ModelAdmin[Payment]):
    list_display = (
        "code",
        "status",
        "provider",
        money_column("amount_cents", "amount"),
        "tab",
        "created_at",
        "finished_at",
    )
    list_filter = ("status", ("provider", ProviderFilter))
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
        ask = path(
            "<int:pk>/ask/", self.admin_site.admin_view(self.check_status), name="payments_payment_ask"
        )
        return [ask, *super().get_urls()]

    @method_decorator(require_POST)
    def check_status(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks the provider how the payment stands and acts on it, as when the guest comes back from
        there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        payment = get_object_or_404(Payment, pk=pk)
        actor = f"staff:{request.user.get_username()}"[:80]
        try:
            payment = reconcile_payment(payment, OperationContext(f"asked:{payment.code}", actor, "admin"))
        except (ProviderError, Refusal) as error:
            logger.warning("payment %s waits for its till: %s", payment.code[:8], error)
            self.message_user(request, "The till does not answer. Ask again in a minute.", messages.ERROR)
        else:
            said = f"The till was asked: {payment.get_status_display().lower()}."
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:payments_payment_change", args=[pk]))


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdminMixin, ModelAdmin[Refund]):
    """Money that went back, and what is still on its way."""

    list_display = (
        "created_at",
        "status",
        money_column("amount_cents", "amount"),
        "payment",
        "actor",
        "reason",
        "error",
        "finished_at",
    )
    list_filter = ("status", ("payment__provider", ProviderFilter))
    list_select_related = ("payment",)
    search_fields = ("code", "reference", "actor", "payment__code", "payment__tab__code")
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).select_related("payment")
