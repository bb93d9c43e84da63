"""What should be in the cash drawer, and what was counted: for X and Z reports and for the display."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from payments.models import DrawerEntry

CASH = "bar_cash"
Kind = DrawerEntry.Kind


def build_drawer_figures(columns: dict[str, Any], entries: Iterable[DrawerEntry]) -> dict[str, Any]:
    """By column (real and play money), in minor units; without a column in which nobody used the drawer.

    `columns` are a report's figures. Over and short compare the last count with what was expected when it was
    made; cash that came and went after it is told beside it.
    """
    rows = sorted(entries, key=lambda row: row.pk)
    found = {}
    for name, is_play in (("real", False), ("play", True)):
        own = [row for row in rows if row.is_play_money == is_play]
        if own:
            found[name] = _drawer_column(columns[name], own)
    return found


def _drawer_column(column: dict[str, Any], entries: list[DrawerEntry]) -> dict[str, Any]:
    moved = {kind: sum(row.cents for row in entries if row.kind == kind) for kind in Kind}
    has_float = any(row.kind == Kind.FLOAT for row in entries)
    received, returned = column["tenders"].get(CASH, 0), column["refunds"].get(CASH, 0)
    expected = moved[Kind.FLOAT] + moved[Kind.PAID_IN] - moved[Kind.PAID_OUT] + received - returned
    count = next((row for row in reversed(entries) if row.kind == Kind.COUNT), None)
    return {
        "float_cents": moved[Kind.FLOAT] if has_float else None,
        "paid_in_cents": moved[Kind.PAID_IN],
        "paid_out_cents": moved[Kind.PAID_OUT],
        "cash_received_cents": received,
        "cash_refunded_cents": returned,
        "expected_cents": expected,
        "counted_cents": count.cents if count else None,
        "over_cents": count.cents - (count.expected_cents or 0) if count else None,
        "since_count_cents": expected - (count.expected_cents or 0) if count else None,
    }
