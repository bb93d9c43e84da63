"""Printers and papers in the admin: set a printer up, print a test page, print a paper again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bartender.models.printers import Printer, PrintJob, new_printer_token
from bartender.services.printing import jobs
from maya_site.core.db import literally_in
from maya_site.core.errors import Refusal
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, redirect_back
from maya_site.core.public_urls import build_public_url
from payments.models import Tab

PRINT_PERMISSION = "bartender.print_by_staff"
State = PrintJob.State


@admin.register(Printer)
class PrinterAdmin(ModelAdmin[Printer]):
    list_display = ("name", "kind", "is_enabled", "tickets", "receipts", "how_it_is", "waiting", "test_page")
    list_filter = ("kind", "is_enabled")
    search_fields = ("name", "mac", "host")
    actions = ("renew_tokens",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "is_enabled", "how_it_is")}),
        ("What it prints", {"fields": ("tickets", "station", "categories", "away_seconds", "receipts")}),
        ("Paper", {"fields": ("paper_width", "language")}),
        ("Star CloudPRNT", {"fields": ("server_address", "mac")}),
        ("ESC/POS", {"fields": ("host", "port", "answers_status")}),
    )
    readonly_fields = ("how_it_is", "server_address")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A tick for each category: there are few."""
        return super().formfield_for_manytomany(
            db_field, request, **kwargs | {"widget": forms.CheckboxSelectMultiple}
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Printer]:
        unfinished = Count("jobs", filter=Q(jobs__state__in=[State.WAITING, State.UNSURE]))
        return super().get_queryset(request).annotate(number=unfinished)

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("<int:pk>/test/", site(self.print_test_page), name="bartender_printer_test"),
            path("tab/<int:pk>/", site(self.print_tab), name="bartender_printer_tab"),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Printer | None = None) -> Any:
        """The address holds the printer's secret: it is for those who may set the printer up."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return [
            (name, {"fields": tuple(field for field in options["fields"] if field != "server_address")})
            for name, options in self.fieldsets
        ]

    @admin.display(description="how it is")
    def how_it_is(self, printer: Printer) -> str:
        if printer.last_seen_at is None:
            return "never seen yet"
        seen = f"seen at {timezone.localtime(printer.last_seen_at):%H:%M:%S on %d %B}"
        return f"{printer.problem}, {seen}" if printer.problem else seen

    @admin.display(description="open papers", ordering="number")
    def waiting(self, printer: Any) -> int:
        return int(printer.number)

    @admin.display(description="server address")
    def server_address(self, printer: Printer) -> str:
        """What is typed into the printer's own settings."""
        if printer.kind != Printer.Kind.CLOUDPRNT:
            return "Save a CloudPRNT printer to see it."
        return build_public_url(reverse("bartender:cloud_print", args=[printer.token]))

    @admin.display(description="test page")
    def test_page(self, printer: Any) -> str:
        address = reverse("admin:bartender_printer_test", args=[printer.pk])
        return _button(address, "shown", f"{timezone.now():%Y%m%d%H%M%S}", "Print a test page")

    @method_decorator(require_POST)
    def print_test_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Twice by the same page is one test page."""
        person = _check_may_print(request)
        printer = get_object_or_404(Printer, pk=pk)
        jobs.print_test_page(printer, f"{person.pk}:{request.POST.get('shown', '')[:20]}", person)
        self.message_user(request, f"A test page is on its way to {printer}.", messages.SUCCESS)
        return redirect_back(request, Printer)

    @method_decorator(require_POST)
    def print_tab(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The receipt or the bill of a tab, on the printer of the button."""
        person, tab = _check_may_print(request), get_object_or_404(Tab, pk=pk)
        choice = request.POST.get("printer", "")
        return _act(self, request, lambda: f"{jobs.print_chosen(tab, choice, person)}: on its way.", Tab)

    @admin.action(description="New server address: the old one stops working", permissions=["change"])
    def renew_tokens(self, request: HttpRequest, queryset: QuerySet[Printer]) -> None:
        for printer in queryset:
            printer.token = new_printer_token()
            printer.save(update_fields=["token"])
            self.log_change(request, printer, "New server address")
        self.message_user(request, "Done. Type the new address into the printer.", messages.SUCCESS)


class UnfinishedFilter(admin.SimpleListFilter):
    title = "still to come"
    parameter_name = "unfinished"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Waits, or nobody is sure")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PrintJob]) -> QuerySet[PrintJob]:
        wanted = literally_in("state", PrintJob.UNFINISHED)
        return queryset.filter(wanted) if self.value() == "yes" else queryset


@admin.register(PrintJob)
class PrintJobAdmin(ReadOnlyAdminMixin, ModelAdmin[PrintJob]):
    list_display = ("id", "made_at", "printer", "kind", "state", "problem", "guest", "one_click")
    list_filter = (UnfinishedFilter, "state", "kind", "printer")
    list_select_related = ("printer", "visit")
    search_fields = ("=ticket__id", "tab__code", "visit__code")
    date_hierarchy = "made_at"
    list_per_page = 50
    show_full_result_count = False
    fields = (
        ("printer", "kind", "state", "problem"),
        ("made_at", "sent_at", "finished_at", "attempts"),
        ("ticket", "tab", "copy_of", "requested_by"),
        "paper",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintJob]:
        rows = super().get_queryset(request).select_related("printer", "visit", "ticket", "tab", "copy_of")
        return rows.annotate(number=Count("copies"))

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("<int:pk>/again/", site(self.print_again), name="bartender_printjob_again"),
            path("<int:pk>/there/", site(self.confirm_printed), name="bartender_printjob_there"),
            *super().get_urls(),
        ]

    @admin.display(description="guest")
    def guest(self, job: PrintJob) -> str:
        return job.visit.name_and_place if job.visit else "-"

    @admin.display(description="what is on it")
    def paper(self, job: PrintJob) -> str:
        return format_html("<pre>{}</pre>", job.text)

    @admin.display(description="act")
    def one_click(self, job: Any) -> str:
        if job.state in (State.WAITING, State.SENDING):
            return "-"
        again = _button(
            reverse("admin:bartender_printjob_again", args=[job.pk]), "copies", str(job.number), "Print again"
        )
        if job.state != State.UNSURE:
            return again
        there = _button(reverse("admin:bartender_printjob_there", args=[job.pk]), "seen", "1", "It is there")
        return format_html("{} {}", there, again)

    @method_decorator(require_POST)
    def print_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        person, job = _check_may_print(request), get_object_or_404(PrintJob, pk=pk)
        shown = request.POST.get("copies", "")
        copies = int(shown) if shown.isdecimal() and len(shown) < 6 else 0
        return _act(self, request, lambda: f"{jobs.print_again(job, person, copies)}: a copy is on its way.")

    @method_decorator(require_POST)
    def confirm_printed(self, request: HttpRequest, pk: int) -> HttpResponse:
        person, job = _check_may_print(request), get_object_or_404(PrintJob, pk=pk)
        return _act(self, request, lambda: f"{jobs.confirm_printed(job, person)}: it is there.")


def _button(address: str, name: str, value: str, label: str) -> str:
    return format_html(
        '<button type="submit" class="one-click on" formmethod="post" formaction="{}" name="{}" value="{}">{}'
        "</button>",
        address,
        name,
        value,
        label,
    )


def _check_may_print(request: HttpRequest) -> User:
    """Raises PermissionDenied."""
    if not request.user.has_perm(PRINT_PERMISSION):
        raise PermissionDenied
    return cast(User, request.user)


def _act(page: Any, request: HttpRequest, act: Callable[[], str], model: Any = PrintJob) -> HttpResponse:
    try:
        page.message_user(request, act(), messages.SUCCESS)
    except Refusal as refusal:
        page.message_user(request, str(refusal), messages.WARNING)
    return redirect_back(request, model)
