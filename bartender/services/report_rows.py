"""An X or Z report as rows of labels and amounts, for the terminal, the printer and the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from maya_site.core.money import format_milli_percent, format_money
from payments import tenders
from payments.chain import short_proof

SECTION_TITLES = {"real": "Real money", "play": "Play money: no real money was taken"}


CHAIN_TITLE = "Ledger proof"
DRAWER_TITLES = {"real": "Cash drawer", "play": "Cash drawer, play money"}
DRAWER_ROWS = {
    "cash_received_cents": "Cash from guests",
    "cash_refunded_cents": "Cash given back",
    "paid_in_cents": "Paid in",
    "paid_out_cents": "Paid out",
}
REFUNDED_PARTS = {
    "net_cents": "net sales",
    "tax_cents": "tax",
    "service_cents": "service charge",
    "tip_cents": "tips",
}


UNDONE_ROWS = {"voids_cents": "voids", "comps_cents": "on the house"}


class ReportRow(NamedTuple):
    words: str
    amount: str
    strong: bool = False


def report_sections(figures: dict[str, Any]) -> list[tuple[str, list[ReportRow]]]:
    """(title, rows) for real money, and for play money if there was any."""
    open_tabs, of = figures["open_tabs"], figures.get("currency", "")
    sections = [
        (words, list(_report_rows(figures[name], open_tabs[name], of)))
        for name, words in SECTION_TITLES.items()
        if name == "real" or _has_activity(figures[name], open_tabs[name])
    ]
    if sealed := figures.get("chain"):  # of a Z report
        rows = [ReportRow("Tabs sealed", str(sealed["tabs"])), ReportRow("Seal", short_proof(sealed["seal"]))]
        sections.append((CHAIN_TITLE, rows))
    drawers = figures.get("drawer", {})  # reports from before there was a drawer have none
    return sections + [
        (words, list(drawer_rows(drawers[name], of)))
        for name, words in DRAWER_TITLES.items()
        if name in drawers
    ]


def drawer_rows(drawer: dict[str, Any], currency: str) -> Iterator[ReportRow]:
    """What the cash drawer should hold, what was counted, and over or short."""
    has_float = drawer["float_cents"] is not None
    opening = format_money(drawer["float_cents"], currency) if has_float else "none"
    yield ReportRow("Float at opening", opening)
    for name, words in DRAWER_ROWS.items():
        sign = -1 if name in ("paid_out_cents", "cash_refunded_cents") else 1
        yield ReportRow(words, format_money(sign * drawer[name], currency))
    yield ReportRow("Expected in the drawer", format_money(drawer["expected_cents"], currency), strong=True)
    if drawer["counted_cents"] is None:
        yield ReportRow("Counted", "not counted")
        return
    yield ReportRow("Counted", format_money(drawer["counted_cents"], currency))
    over = drawer["over_cents"]
    words = "Over" if over > 0 else "Short" if over < 0 else "Over and short"
    yield ReportRow(words, format_money(abs(over), currency), strong=True)
    if since := drawer["since_count_cents"]:
        yield ReportRow("Cash since it was counted", format_money(since, currency))


def _has_activity(column: dict[str, Any], open_tabs: dict[str, int]) -> bool:
    return any(column.values()) or bool(open_tabs["tabs"])


def _report_rows(column: dict[str, Any], open_tabs: dict[str, int], of: str) -> Iterator[ReportRow]:
    yield from _sales_rows(column, of)
    for provider, cents in column["tenders"].items():
        yield ReportRow(f"Received, {tenders.tender_label(provider)}", format_money(cents, of))
    for provider, cents in column["refunds"].items():
        yield ReportRow(f"Refunded, {tenders.tender_label(provider)}", format_money(-cents, of))
    for part, words in REFUNDED_PARTS.items():
        if cents := column.get("refunded_parts", {}).get(part):
            yield ReportRow(f"  of it {words}", format_money(-cents, of))
    if disputed := column.get("disputed_cents"):
        yield ReportRow("Taken back by banks", format_money(-disputed, of))
    yield ReportRow("Kept", format_money(column["kept_cents"], of), strong=True)
    yield from _undone_rows(column.get("undone", {}), of)
    yield ReportRow("More owed than before", format_money(column["owed_change_cents"], of))
    tabs = open_tabs["tabs"]
    yield ReportRow(f"{tabs} open tab{'' if tabs == 1 else 's'}", format_money(open_tabs["due_cents"], of))


def _undone_rows(undone: dict[str, Any], of: str) -> Iterator[ReportRow]:
    """What is in none of the sums: it was undone within seconds."""
    for provider, cents in undone.get("tenders", {}).items():
        yield ReportRow(f"Undone at once, {tenders.tender_label(provider)}", format_money(cents, of))
    for name, words in UNDONE_ROWS.items():
        if cents := undone.get(name):
            yield ReportRow(f"Undone at once, {words}", format_money(cents, of))


def _sales_rows(column: dict[str, Any], of: str) -> Iterator[ReportRow]:
    yield ReportRow("Gross sales", format_money(column["gross_cents"], of))
    yield ReportRow("Voids", format_money(-column["voids_cents"], of))
    yield ReportRow("On the house", format_money(-column["comps_cents"], of))
    if included := column.get("included_tax_cents"):
        yield ReportRow("Tax in the prices", format_money(-included, of))
    yield ReportRow("Net sales", format_money(column["net_cents"], of), strong=True)
    if service := column.get("service_cents"):
        yield ReportRow("Service charge", format_money(service, of))
    yield ReportRow("Tax", format_money(column["tax_cents"], of))
    for rate in column.get("tax_rates", ()):
        yield from _rate_rows(rate, of)
    yield ReportRow("Tips", format_money(column["tips_cents"], of))
    for who, cents in column["tips_by"].items():
        yield ReportRow(f"  for {who}", format_money(cents, of))
    yield ReportRow("Total", format_money(column["total_cents"], of), strong=True)


def _rate_rows(rate: dict[str, Any], of: str) -> Iterator[ReportRow]:
    """Net sales and tax of one rate."""
    named = f"  {format_milli_percent(rate['rate_milli'])} {rate['name']}".rstrip()
    yield ReportRow(f"{named}: net", format_money(rate["net_cents"], of))
    yield ReportRow(f"{named}: tax", format_money(rate["tax_cents"], of))
