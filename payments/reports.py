"""What journals add up to, for X and Z reports. Play money has a column of its own.

Everything is summed from ledger entries alone, so a report and the ledger cannot differ: what came in less
what went back is what the accounts of money hold, and what was sold less what came in is what guests still
owe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Q, Subquery, Sum, Value, When

from payments.models import Journal, LedgerEntry, Payment, Tab
from payments.summaries import DUE

Account = LedgerEntry.Account
BATCH_SIZE = 2_000
COLUMNS = ("real", "play")
TIP_POOL = "house pool"
# What a tab is drunk on decides its column; what a till holds is real wherever it came in.
COLUMN_CASE = Case(
    When(account=Account.MOCK_CLEARING, then=Value("play")),
    When(account=Account.CLEARING, then=Value("real")),
    When(tab__play_money_cents=None, then=Value("real")),
    default=Value("play"),
    output_field=CharField(),
)
ROW_CASE = Case(
    # What moves between tabs is sold once: both halves count as sales, and sum to nothing.
    When(account=Account.SALES, journal__kind__in=Journal.MOVE_KINDS, then=Value("gross")),
    When(account=Account.SALES, quantity__gt=0, then=Value("gross")),
    When(account=Account.SALES, then=Value("voids")),
    When(
        Q(account__in=LedgerEntry.MONEY_ACCOUNTS) & Q(journal__kind=Journal.Kind.REFUND),
        then=Value("given_back"),
    ),
    When(account__in=LedgerEntry.MONEY_ACCOUNTS, journal__kind=Journal.Kind.DISPUTE, then=Value("disputed")),
    When(account__in=LedgerEntry.MONEY_ACCOUNTS, then=Value("received")),
    default=F("account"),
    output_field=CharField(),
)
PROVIDER_SUBQUERY = Subquery(Payment.objects.filter(code=OuterRef("reference")).values("provider")[:1])

ReportSums = Counter[tuple[str, str, str]]


def build_figures(journal_ids: Sequence[int]) -> dict[str, Any]:
    """The report of these journals, as plain numbers that can be stored for good."""
    sums = ReportSums()
    for part in _batches(journal_ids):
        sums.update(_sum_entries(part))
    return {name: _build_column(name, sums) for name in COLUMNS} | {"journals": len(journal_ids)}


def _batches(keys: Iterable[int]) -> Iterable[list[int]]:
    keys = iter(keys)
    while part := list(islice(keys, BATCH_SIZE)):
        yield part


def _sum_entries(journal_ids: list[int]) -> ReportSums:
    """By column, row, and who or what it was: the person of a tip, the provider of money."""
    entries = LedgerEntry.objects.filter(journal__in=journal_ids).order_by()
    who = Case(
        When(account=Account.TIPS, then=F("tip_recipient__username")),
        When(account__in=LedgerEntry.MONEY_ACCOUNTS, then=PROVIDER_SUBQUERY),
        default=Value(""),
        output_field=CharField(),
    )
    rows = entries.annotate(column=COLUMN_CASE, row=ROW_CASE, who=who).values_list("column", "row", "who")
    sums = ReportSums()
    for column, row, name, cents in rows.annotate(sum=Sum("cents")):
        sums[column, row, name or ""] = cents
    return sums


def _build_column(name: str, sums: ReportSums) -> dict[str, Any]:
    rows, by = Counter[str](), {row: Counter[str]() for row in ("tips", "received", "given_back")}
    for (column, row, who), cents in sums.items():
        if column == name:
            rows[row] += cents
            if row in by:
                by[row][who] += cents
    gross, voids, comps = -rows["gross"], rows["voids"], rows["comps"]
    net, tax, tips = gross - voids - comps, -rows["tax"], -rows["tips"]
    return {
        "gross_cents": gross,
        "voids_cents": voids,
        "comps_cents": comps,
        "net_cents": net,
        "tax_cents": tax,
        "tips_cents": tips,
        "total_cents": net + tax + tips,
        "tips_by": _totals_by_name(by["tips"], -1, TIP_POOL),
        "tenders": _totals_by_name(by["received"], 1),
        "received_cents": rows["received"],
        "refunds": _totals_by_name(by["given_back"], -1),
        "refunds_cents": -rows["given_back"],
        "kept_cents": rows["received"] + rows["given_back"] + rows["disputed"],
        "owed_change_cents": rows["receivable"],
    } | _dispute_figures(rows)


def _dispute_figures(rows: Counter[str]) -> dict[str, int]:
    """Reports that were closed before there were such rows say what they said."""
    return {"disputed_cents": -rows["disputed"]} if rows["disputed"] else {}


def _totals_by_name(sums: Counter[str], sign: int, default_name: str = "") -> dict[str, int]:
    found = Counter[str]()
    for who, cents in sums.items():
        found[default_name if default_name and not who else who] += sign * cents
    return {who: cents for who, cents in sorted(found.items()) if cents}


def summarize_open_tabs() -> dict[str, dict[str, int]]:
    """Tabs with something on them that are not paid, as they are now."""
    found = {name: {"tabs": 0, "due_cents": 0} for name in COLUMNS}
    open_now = Tab.objects.unsettled().filter(units__gt=0)
    for play, due in open_now.order_by().values_list("play_money_cents", DUE):
        column = found["real" if play is None else "play"]
        column["tabs"] += 1
        column["due_cents"] += due
    return found
