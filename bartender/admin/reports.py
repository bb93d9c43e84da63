"""Reports worth reading: sales, margins, pace, refusals, and what was asked for and not had, with charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from bartender.admin.books import EXPORT_PERMISSION
from bartender.admin.charts import BarChart, draw_bars
from bartender.admin.report_dates import DateRangeForm, read_dates
from bartender.books.formats import write_csv
from bartender.services.sales_reports import DrinkMargin, SalesReport, SalesSums, build_sales_report
from bartender.services.service_reports import Pace, ServiceReport, build_service_report
from maya_site.core.money import COST_CURRENCY, format_cost, format_money
from payments.providers import is_provider_simulated

Row = dict[str, Any]
SUM_HEADINGS = {
    "units": "Units",
    "gross_cents": "Gross",
    "voids_cents": "Voids",
    "comps_cents": "On the house",
    "included_tax_cents": "Tax in it",
    "net_cents": "Net",
}


def money_choices() -> list[tuple[str, str]]:
    """What a report may be of, the usual one first: where the till is simulated there is play money alone."""
    choices = [("real", "real money"), ("play", "play money")]
    return choices[::-1] if is_provider_simulated() else choices


class SalesReportForm(DateRangeForm):
    money = forms.ChoiceField(label="Of", choices=money_choices, required=False)


@dataclass(frozen=True)
class Section:
    """One table with its chart. `headings`: by the rows' keys; the first column names the row."""

    slug: str
    title: str
    headings: dict[str, str]
    rows: list[Row]
    currency: str
    total: Row | None = None
    chart: BarChart | None = None
    note: str = ""

    @property
    def cells(self) -> list[list[str]]:
        return [self._cells(row) for row in self.rows]

    @property
    def total_cells(self) -> list[str]:
        return self._cells(self.total) if self.total else []

    def _cells(self, row: Row) -> list[str]:
        return [self._cell(name, row[name]) for name in self.headings]

    def _cell(self, name: str, value: Any) -> str:
        if value is None:
            return "unknown"
        return format_money(value, self.currency) if name.endswith("_cents") else str(value)

    @property
    def csv_rows(self) -> list[Row]:
        return [
            {name: row[name] for name in self.headings} | {"currency": self.currency} for row in self.rows
        ]


def sales_page(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    if not request.user.has_perm(EXPORT_PERMISSION):
        raise PermissionDenied
    form = SalesReportForm.of(request)
    dates = read_dates(form)
    money = (form.cleaned_data.get("money") if form.is_valid() else "") or money_choices()[0][0]
    sales, service = build_sales_report(dates, money), build_service_report(dates)
    sections = [*_sales_sections(sales), *_service_sections(service, sales.currency)]
    if wanted := request.GET.get("csv"):
        return _csv(next((one for one in sections if one.slug == wanted), sections[0]), sales)
    context = {
        **site.each_context(request),
        "title": "Sales and service",
        "form": form,
        "sales": sales,
        "service": service,
        "sections": sections,
        "query": f"first={dates.first}&last={dates.last}&money={money}",
        "maya_cost": format_cost(sales.maya_microcents),
        "is_maya_in_margin": sales.currency == COST_CURRENCY,
    }
    return TemplateResponse(request, "admin/payments/zreport/sales.html", context)


def _csv(section: Section, sales: SalesReport) -> HttpResponse:
    name = f"{section.slug}-{sales.dates.first:%Y%m%d}-{sales.dates.last:%Y%m%d}-{sales.money}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    body = "".join(write_csv([section.csv_rows]))
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


def _sales_sections(sales: SalesReport) -> list[Section]:
    tables = (
        ("hours", "Sales by hour", "Hour", sales.by_hour),
        ("drinks", "Sales by drink", "Drink", sales.by_drink),
        ("categories", "Sales by category", "Category", sales.by_category),
        ("people", "Sales by person", "Person", sales.by_person),
        ("tables", "Sales by table", "Table", sales.by_table),
    )
    notes = {"people": "Who rang it in, else who began the tab's first ticket and has its tip."}
    found = [
        _sums_section(slug, title, first, sums, sales, notes.get(slug, ""))
        for slug, title, first, sums in tables
    ]
    return [*found, _margin_section(sales)]


def _sums_section(
    slug: str, title: str, first: str, sums: dict[str, SalesSums], sales: SalesReport, note: str
) -> Section:
    headings = {"name": first, **SUM_HEADINGS}
    if not sales.total.included_tax_cents:
        del headings["included_tax_cents"]
    rows = [{"name": name, **one.as_row()} for name, one in sums.items()]
    bars = ((row["name"], row["net_cents"], format_money(row["net_cents"], sales.currency)) for row in rows)
    return Section(
        slug,
        title,
        headings,
        rows,
        sales.currency,
        total={"name": "Total", **sales.total.as_row()},
        chart=draw_bars(slug, f"{title}, net", bars),
        note=note,
    )


def _margin_section(sales: SalesReport) -> Section:
    headings = {
        "name": "Drink",
        "units": "Units",
        "net_cents": "Net",
        "ingredients_cents": "Ingredients",
        "fees_cents": "Card fees",
        "maya_cents": "Maya",
        "margin_cents": "Margin",
        "margin_percent": "Share",
        "basis": "Ingredients from",
    }
    rows = [_margin_row(one) for one in sales.margins]
    known = [row for row in rows if row["margin_cents"] is not None]
    bars = ((r["name"], r["margin_cents"], format_money(r["margin_cents"], sales.currency)) for r in known)
    return Section(
        "margins",
        "Margin per drink",
        headings,
        rows,
        sales.currency,
        chart=draw_bars("margins", "Margin per drink", bars),
        note="Ingredients are those that were poured, at the cost of their day; where none are recorded, "
        "today's recipe. Card fees are shared out by amount, Maya's model and voice by the number of drinks. "
        "What is unknown is not in the margin.",
    )


def _margin_row(one: DrinkMargin) -> Row:
    return {
        "name": one.name,
        "units": one.units,
        "net_cents": one.net_cents,
        "ingredients_cents": one.ingredients_cents,
        "fees_cents": one.fees_cents,
        "maya_cents": one.maya_cents,
        "margin_cents": one.margin_cents,
        "margin_percent": one.margin_percent,
        "basis": "recipe" if one.is_by_recipe else "what was made",
    }


def _service_sections(service: ServiceReport, currency: str) -> list[Section]:
    pace = [_pace_row(one) for one in service.pace]
    decisions: list[Row] = [{"name": kind, "yes": yes, "no": no} for kind, yes, no in service.decisions]
    refusals: list[Row] = [{"name": name, "times": times} for name, times in service.refusals]
    not_had: list[Row] = [{"name": what, "why": why, "times": times} for what, why, times in service.not_had]
    return [
        Section(
            "pace",
            "Pace: from sending to ready",
            {"name": "Hour", "tickets": "Tickets", "half": "Half within, min", "most": "95 % within, min"},
            pace,
            currency,
            total=_pace_row(service.all_tickets),
            chart=draw_bars(
                "pace",
                "Minutes within which half of the tickets were ready",
                ((one.hour, one.p50_minutes or 0, f"{one.p50_minutes or 0:.1f} min") for one in service.pace),
            ),
        ),
        Section(
            "decisions",
            "What people decided",
            {"name": "On", "yes": "Yes", "no": "No"},
            decisions,
            currency,
            chart=_times_chart("decisions", "What people refused", ((r["name"], r["no"]) for r in decisions)),
        ),
        Section(
            "refusals",
            "What Maya refused",
            {"name": "Why", "times": "Times"},
            refusals,
            currency,
            chart=_times_chart("refusals", "Refusals", ((r["name"], r["times"]) for r in refusals)),
            note="Of turns that are kept: what guests said is erased after the venue's retention days.",
        ),
        Section(
            "not_had",
            "Asked for and not had",
            {"name": "What", "why": "Why", "times": "Times"},
            not_had,
            currency,
            chart=_times_chart(
                "not_had", "Asked for and not had", ((r["name"], r["times"]) for r in not_had)
            ),
        ),
    ]


def _times_chart(slug: str, title: str, counts: Iterable[tuple[str, int]]) -> BarChart:
    pairs: Sequence[tuple[str, int]] = [one for one in counts if one[1]]
    return draw_bars(slug, title, ((name, many, str(many)) for name, many in pairs))


def _pace_row(one: Pace) -> Row:
    half, most = (None if wait is None else round(wait, 1) for wait in (one.p50_minutes, one.p95_minutes))
    return {"name": one.hour, "tickets": one.tickets, "half": half, "most": most}
