"""Exports everything that is a guest's by the data register. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bartender.models.returning_guests import ReturningGuest
from bartender.models.visits import Visit
from bartender.privacy.data_register import DATA_REGISTER
from bartender.privacy.visit_rows import VISIT_LABEL, guest_tables, model_of, rows_for_visits

ExportRow = dict[str, Any]
RETURNING_GUEST_LABEL = "bartender.ReturningGuest"
# What a table is called in the file, where its plural is not the word for it.
EXPORT_NAMES = {"bartender.OrderLine": "lines", "payments.Journal": "tab changes"}


def export_visits(visits: Sequence[Visit], returning_guest: ReturningGuest | None) -> dict[str, Any]:
    """What these visits hold, and what is remembered of the guest. One query for each table and path, however
    many visits there are."""
    codes = [visit.code for visit in visits]
    found = {code: rows[0] for code, rows in _rows_by_visit(VISIT_LABEL, codes).items()}
    for label, table in guest_tables():
        if label not in (VISIT_LABEL, RETURNING_GUEST_LABEL) and table.exported_columns:
            rows = _rows_by_visit(label, codes)
            for code in codes:
                found[code][export_name(label)] = rows[code]
    return {"remembered": _export_returning_guest(returning_guest), "visits": [found[code] for code in codes]}


def _rows_by_visit(label: str, codes: Sequence[str]) -> dict[str, list[ExportRow]]:
    """The exported columns of all rows, by the code of their visit, oldest first."""
    table = DATA_REGISTER[label]
    found: dict[str, dict[int, ExportRow]] = {code: {} for code in codes}
    for path in table.visit_code_paths:
        rows = rows_for_visits(label, codes).filter(**{f"{path}__in": codes})
        for key, code, *values in rows.order_by("pk").values_list("pk", path, *table.exported_columns):
            found[code][key] = dict(zip(table.exported_columns, values, strict=True))
    return {code: list(rows.values()) for code, rows in found.items()}


def _export_returning_guest(returning_guest: ReturningGuest | None) -> ExportRow | None:
    if returning_guest is None:
        return None
    return {
        name: getattr(returning_guest, name) for name in DATA_REGISTER[RETURNING_GUEST_LABEL].exported_columns
    }


def export_name(label: str) -> str:
    return EXPORT_NAMES.get(label) or str(model_of(label)._meta.verbose_name_plural)
