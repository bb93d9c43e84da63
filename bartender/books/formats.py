"""Rows as CSV or JSON, written page by page. Amounts: in CSV as people write them, in JSON as minor units."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from maya_site.core.money import format_plain_amount

Row = dict[str, Any]
# A spreadsheet would run what begins so as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def signed_plain_amount(cents: int, currency: str) -> str:
    """-150 -> "-1.50"."""
    return f"{'-' if cents < 0 else ''}{format_plain_amount(abs(cents), currency)}"


def write_csv(pages: Iterable[list[Row]]) -> Iterator[str]:
    """The first line names the columns. Nothing at all where there are no rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    named = False
    for page in pages:
        for row in page:
            if not named:
                writer.writerow(name.removesuffix("_cents") for name in row)
                named = True
            writer.writerow(_csv_cell(name, value, row) for name, value in row.items())
        yield _drain(buffer)


def _csv_cell(name: str, value: Any, row: Row) -> Any:
    if value is None:  # nobody knows
        return ""
    if name.endswith("_cents"):
        return signed_plain_amount(value, row["currency"])
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def write_json(pages: Iterable[list[Row]]) -> Iterator[str]:
    """One list of objects."""
    between = "[\n"
    for page in pages:
        chunk = io.StringIO()
        for row in page:
            chunk.write(between + json.dumps(row))
            between = ",\n"
        yield _drain(chunk)
    yield "[]\n" if between == "[\n" else "\n]\n"


def _drain(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


WRITERS = {"csv": write_csv, "json": write_json}
