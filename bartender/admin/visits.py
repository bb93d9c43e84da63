"""Visits, turns and order lines in the admin. A visit's page shows its whole conversation and its tabs."""

from __future__ import annotations

from typing import Any, get_args

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from bartender.dialogue.types import Emotion, Phase
from bartender.models.visits import OrderLine, Turn, Visit
from bartender.text.call_names import newest_number
from maya_site.core.model_admin import (
    IndexedValuesFilter,
    ModelAdmin,
    ReadOnlyAdminMixin,
    cost_column,
    money_column,
    values_filter,
)
from payments.models import Tab
from payments.summaries import unsettled_nonempty_tabs

MAX_TURNS = 300


class LeftUnpaidFilter(admin.SimpleListFilter):
    title = "left unpaid"
    parameter_name = "left_unpaid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes: look at it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        if self.value() != "yes":
            return queryset
        owing = unsettled_nonempty_tabs().values("visit_code")
        return queryset.filter(flagged_at__isnull=False, code__in=owing)


class OpenVisitFilter(admin.SimpleListFilter):
    title = "still here"
    parameter_name = "here"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Here"), ("no", "Gone")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(closed_at__isnull=wanted)


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdminMixin, ModelAdmin[Visit]):
    list_display = (
        "guest",
        "place",
        "opened_at",
        "last_seen_at",
        "is_present",
        "surface",
        "phase",
        "turn_count",
        money_column("owed", "due", "owed"),
        cost_column("spent_microcents"),
        "flagged_at",
    )
    list_filter = (
        LeftUnpaidFilter,
        OpenVisitFilter,
        ("surface", IndexedValuesFilter),
        ("phase", values_filter(lambda: get_args(Phase))),
    )
    search_fields = ("code", "guest_name", "place", "turns__guest_text", "turns__reply_text", "lines__name")
    search_help_text = "Name, call name, table, code, a drink, or words that were said"
    date_hierarchy = "opened_at"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/bartender/visit/change_form.html"
    readonly_fields = ("guest",)
    fields = (
        ("opened_at", "last_seen_at", "closed_at", "flagged_at"),
        ("guest", "place", "surface", "phase", "emotion", "budget_level"),
        ("age_state", "allergies", "slowdown_until"),
    )

    def get_fields(self, request: HttpRequest, obj: Visit | None = None) -> Any:
        """The flag is shown where there is one: its text would be read as a fact of every visit."""
        (*times, flagged), *others = self.fields
        return [(*times, flagged) if obj and obj.flagged_at else tuple(times), *others]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Visit]:
        turns = Turn.objects.filter(visit=OuterRef("pk")).order_by().values("visit")
        owed = unsettled_nonempty_tabs().filter(visit_code=OuterRef("code"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                turns_taken=Subquery(turns.annotate(number=Count("pk")).values("number")),
                owed=Subquery(owed.values("owed_cents")[:1]),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Visit], search_term: str
    ) -> tuple[QuerySet[Visit], bool]:
        """A call name is in no column: it leads to the latest visit that has it."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term:
            return found, may_repeat
        latest = Visit.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if number := newest_number(search_term, latest):
            found |= queryset.filter(pk=number)
        return found, may_repeat

    @admin.display(description="guest", ordering="guest_name")
    def guest(self, visit: Visit) -> str:
        return visit.display_name

    @admin.display(description="here", boolean=True, ordering="closed_at")
    def is_present(self, visit: Visit) -> bool:
        return visit.closed_at is None

    @admin.display(description="turns", ordering="turns_taken")
    def turn_count(self, visit: Any) -> int:
        return visit.turns_taken or 0

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        visit: Visit = context["original"]
        context |= {
            "turns": reversed(visit.turns.select_related("answered_by").order_by("-id")[:MAX_TURNS]),
            "lines": visit.lines.select_related("ticket", "rung_in_by"),
            "tabs": Tab.objects.for_visit(visit.code).prefetch_related("payments"),
        }
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdminMixin, ModelAdmin[Turn]):
    list_display = (
        "started_at",
        "visit",
        "guest_excerpt",
        "reply_excerpt",
        "brain",
        "phase",
        "outcome",
        "elapsed",
        "tokens",
        cost_column("cost_microcents"),
    )
    list_filter = (
        "outcome",
        ("brain", IndexedValuesFilter),
        ("phase", values_filter(lambda: get_args(Phase))),
        ("emotion", values_filter(lambda: get_args(Emotion))),
    )
    list_select_related = ("visit",)
    search_fields = ("guest_text", "reply_text", "visit__code")
    date_hierarchy = "started_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        return super().get_queryset(request).select_related("visit")

    @admin.display(description="guest")
    def guest_excerpt(self, turn: Turn) -> str:
        return turn.guest_text[:80]

    @admin.display(description="Maya")
    def reply_excerpt(self, turn: Turn) -> str:
        return turn.reply_text[:80]

    @admin.display(description="tokens in / out")
    def tokens(self, turn: Turn) -> str:
        return f"{turn.tokens_in} / {turn.tokens_out}" if turn.token_usage else "-"

    @admin.display(description="ms", ordering="elapsed_ms")
    def elapsed(self, turn: Turn) -> str:
        return "-" if turn.elapsed_ms is None else f"{turn.elapsed_ms:.0f}"


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdminMixin, ModelAdmin[OrderLine]):
    list_display = (
        "ordered_at",
        "name",
        "quantity",
        "made",
        "note",
        money_column("unit_cents", "unit", currency_path="tab.currency"),
        "status",
        "comped",
        "rung_in_by",
        "by_agent",
        "visit",
        "tab",
        "ticket",
    )
    list_filter = ("status", "comped", "item__category", "rung_in_by")
    list_select_related = ("visit", "tab", "ticket", "rung_in_by")
    search_fields = ("name", "note", "visit__code", "visit__guest_name", "tab__code")
    date_hierarchy = "ordered_at"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("visit", "tab", "ticket", "item", "rung_in_by")

    @admin.display(description="by an agent", boolean=True, ordering="agent_code")
    def by_agent(self, line: OrderLine) -> bool:
        return bool(line.agent_code)

    @admin.display(description="modifiers")
    def made(self, line: OrderLine) -> str:
        return ", ".join(line.modifiers)
