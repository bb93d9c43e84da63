"""A report as rows of words and amounts, for the terminal, the printer and the admin alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from maya_site.lib.money import dollars
from payments import tenders

NAMES = {"real": "Real money", "play": "Play money: no real money was taken"}


class Row(NamedTuple):
    words: str
    amount: str
    strong: bool = False


def sections(figures: dict[str, Any]) -> list[tuple[str, list[Row]]]:
    """Play money has a section of its own, and none where nobody played."""
    open_tabs = figures["open_tabs"]
    return [
        (words, list(_rows(figures[name], open_tabs[name])))
        for name, words in NAMES.items()
        if name == "real" or _anything(figures[name], open_tabs[name])
    ]


def _anything(column: dict[str, Any], open_tabs: dict[str, int]) -> bool:
    return any(column.values()) or bool(open_tabs["tabs"])


def _rows(column: dict[str, Any], open_tabs: dict[str, int]) -> Iterator[Row]:
    yield Row("Gross sales", dollars(column["gross_cents"]))
    yield Row("Voids", dollars(-column["voids_cents"]))
    yield Row("On the house", dollars(-column["comps_cents"]))
    yield Row("Net sales", dollars(column["net_cents"]), strong=True)
    yield Row("Tax", dollars(column["tax_cents"]))
    yield Row("Tips", dollars(column["tips_cents"]))
    for who, cents in column["tips_by"].items():
        yield Row(f"  for {who}", dollars(cents))
    yield Row("Total", dollars(column["total_cents"]), strong=True)
    for provider, cents in column["tenders"].items():
        yield Row(f"Received, {tenders.in_words(provider)}", dollars(cents))
    for provider, cents in column["refunds"].items():
        yield Row(f"Refunded, {tenders.in_words(provider)}", dollars(-cents))
    yield Row("Kept", dollars(column["kept_cents"]), strong=True)
    yield Row("More owed than before", dollars(column["owed_change_cents"]))
    tabs = open_tabs["tabs"]
    yield Row(f"{tabs} open tab{'' if tabs == 1 else 's'}", dollars(open_tabs["due_cents"]))
