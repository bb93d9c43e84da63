"""An X or Z report as rows of labels and amounts, for the terminal, the printer and the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from maya_site.core.money import format_money
from payments import tenders

SECTION_TITLES = {"real": "Real money", "play": "Play money: no real money was taken"}


class ReportRow(NamedTuple):
    words: str
    amount: str
    strong: bool = False


def report_sections(figures: dict[str, Any]) -> list[tuple[str, list[ReportRow]]]:
    """(title, rows) for real money, and for play money if there was any."""
    open_tabs, of = figures["open_tabs"], figures.get("currency", "")
    return [
        (words, list(_report_rows(figures[name], open_tabs[name], of)))
        for name, words in SECTION_TITLES.items()
        if name == "real" or _has_activity(figures[name], open_tabs[name])
    ]


def _has_activity(column: dict[str, Any], open_tabs: dict[str, int]) -> bool:
    return any(column.values()) or bool(open_tabs["tabs"])


def _report_rows(column: dict[str, Any], open_tabs: dict[str, int], of: str) -> Iterator[ReportRow]:
    yield ReportRow("Gross sales", format_money(column["gross_cents"], of))
    yield ReportRow("Voids", format_money(-column["voids_cents"], of))
    yield ReportRow("On the house", format_money(-column["comps_cents"], of))
    yield ReportRow("Net sales", format_money(column["net_cents"], of), strong=True)
    yield ReportRow("Tax", format_money(column["tax_cents"], of))
    yield ReportRow("Tips", format_money(column["tips_cents"], of))
    for who, cents in column["tips_by"].items():
        yield ReportRow(f"  for {who}", format_money(cents, of))
    yield ReportRow("Total", format_money(column["total_cents"], of), strong=True)
    for provider, cents in column["tenders"].items():
        yield ReportRow(f"Received, {tenders.tender_label(provider)}", format_money(cents, of))
    for provider, cents in column["refunds"].items():
        yield ReportRow(f"Refunded, {tenders.tender_label(provider)}", format_money(-cents, of))
    if disputed := column.get("disputed_cents"):
        yield ReportRow("Taken back by banks", format_money(-disputed, of))
    yield ReportRow("Kept", format_money(column["kept_cents"], of), strong=True)
    yield ReportRow("More owed than before", format_money(column["owed_change_cents"], of))
    tabs = open_tabs["tabs"]
    yield ReportRow(f"{tabs} open tab{'' if tabs == 1 else 's'}", format_money(open_tabs["due_cents"], of))
