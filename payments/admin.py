"""Money is looked at here and never written: tabs, ledger and payments have no add, change or delete."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse

from maya_site.lib.admin import ModelAdmin, ReadOnly, money
from payments.figures import DUE, left_unpaid
from payments.models import Journal, LedgerEntry, Payment, Tab

MOST_JOURNALS = 500


class LeftUnpaid(admin.SimpleListFilter):
    """Tabs whose guest went away. They stay in this list until they are settled."""

    title = "left unpaid"
    parameter_name = "left_unpaid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes: look at it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tab]) -> QuerySet[Tab]:
        return queryset.filter(pk__in=left_unpaid().values("pk")) if self.value() == "yes" else queryset


@admin.register(Tab)
class TabAdmin(ReadOnly, ModelAdmin[Tab]):
    list_display = (
        "short_code",
        "status",
        "opened_at",
        "units",
        money("net_cents", "net", DUE),
        money("tip_cents", "tip"),
        money("total_cents", "total", DUE),
        money("paid_cents", "paid"),
        money("due_cents", "due", DUE),
        "flagged_at",
    )
    list_filter = (LeftUnpaid, "status", "currency")
    search_fields = ("code", "visit_code", "payments__code", "payments__reference")
    date_hierarchy = "opened_at"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/payments/tab/change_form.html"
    fieldsets = (
        (None, {"fields": ("status", "opened_at", "closed_at", "flagged_at", "units", "version")}),
        (
            "Amounts",
            {
                "fields": tuple(
                    f"show_{name}" for name in ("net", "discount", "tax", "tip", "total", "paid", "due")
                )
            },
        ),
    )
    show_net = staticmethod(money("net_cents", "net"))
    show_discount = staticmethod(money("discount_cents", "comps"))
    show_tax = staticmethod(money("tax_cents", "tax"))
    show_tip = staticmethod(money("tip_cents", "tip"))
    show_total = staticmethod(money("total_cents", "total"))
    show_paid = staticmethod(money("paid_cents", "paid"))
    show_due = staticmethod(money("due_cents", "due"))

    @admin.display(description="tab", ordering="code")
    def short_code(self, tab: Tab) -> str:
        return tab.code[:8]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        tab: Tab = context["original"]
        journals = tab.journals.prefetch_related("entries")[:MOST_JOURNALS]
        context |= {"journals": journals, "payments": tab.payments.all()}
        return super().render_change_form(request, context, *args, **kwargs)
