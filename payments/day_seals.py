"""The seal of a business date: an HMAC of its Z report, of all tabs' heads in it, and of the seal before.

A tab's own chain does not show that its newest journals were cut off. The seal does. It is made afterwards,
so that no tab waits for another, and the printed report shows what the database may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from payments import chain
from payments.models import ChainStart, Journal, SealedHead, Tab, ZReport

BATCH_SIZE = 2_000
Head = tuple[str, int, str]  # the tab's code, version, link


def build_heads(journal_ids: Sequence[int]) -> list[SealedHead]:
    """The last of these journals on each tab, without a report yet."""
    last = dict[int, tuple[int, str]]()
    for at in range(0, len(journal_ids), BATCH_SIZE):
        rows = Journal.objects.filter(pk__in=journal_ids[at : at + BATCH_SIZE]).values_list(
            "tab", "version", "chain_mac"
        )
        for tab, version, mac in rows.order_by():
            last[tab] = max(last.get(tab, (0, "")), (version, mac or ""))
    return [SealedHead(tab_id=tab, version=version, mac=mac) for tab, (version, mac) in sorted(last.items())]


def seal_report(report: ZReport, heads: Sequence[SealedHead]) -> None:
    """Puts the seal into the figures of a report that is about to be written, and gives it its heads."""
    codes = _codes([head.tab_id for head in heads])
    start = ChainStart.objects.first()
    report.figures["chain"] = {
        "key": chain.current_key_id(),
        "tabs": len(heads),
        "start": start.mac if start else "",
        "drawer": chain.drawer_head(),
    }
    report.figures["chain"]["seal"] = seal_of(
        report, [(codes[head.tab_id], head.version, head.mac) for head in heads]
    )
    for head in heads:
        head.report = report


def write_heads(heads: Sequence[SealedHead]) -> None:
    """Once the report is written."""
    SealedHead.objects.bulk_create(heads, batch_size=500)


def heads_of(report: ZReport) -> list[Head]:
    return list(report.heads.order_by("tab_id").values_list("tab__code", "version", "mac"))


def seal_of(report: ZReport, heads: Iterable[Head]) -> str:
    """As its figures say with which key. Raises UnknownChainKey."""
    figures: dict[str, Any] = {**report.figures, "chain": {**report.figures["chain"], "seal": ""}}
    before = report.previous.figures.get("chain", {}).get("seal", "") if report.previous else ""
    return chain.seal(
        figures["chain"]["key"],
        "Z report",
        report.number,
        report.business_date,
        report.starts_at,
        report.ends_at,
        report.closed_by,
        figures,
        before,
        [list(head) for head in heads],
    )


def seal_proof(report: ZReport) -> str:
    """As it is printed; "" for a report from before the chain."""
    return chain.short_proof(report.figures.get("chain", {}).get("seal"))


def _codes(tab_ids: Sequence[int]) -> dict[int, str]:
    found = dict[int, str]()
    for at in range(0, len(tab_ids), BATCH_SIZE):
        tabs = Tab.objects.filter(pk__in=tab_ids[at : at + BATCH_SIZE])
        found |= dict(tabs.values_list("pk", "code"))
    return found
