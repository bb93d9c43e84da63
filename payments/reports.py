"""What journals add up to, for X and Z reports. Play money has a column of its own, apart from real money.

Everything is summed from the ledger's entries alone, so a report and the ledger cannot differ: what came in
less what went back is what the drawers hold, and what was sold less what came in is what guests still owe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Q, Subquery, Sum, Value, When

from payments.figures import DUE
from payments.models import Journal, LedgerEntry, Payment, Tab

Account = LedgerEntry.Account
AT_ONCE = 2_000
COLUMNS = ("real", "play")
POOL = "house pool"
# What a tab is drunk on decides its column; what a till holds is real wherever it came in.
COLUMN = Case(
    When(account=Account.MOCK_CLEARING, then=Value("play")),
    When(account=Account.CLEARING, then=Value("real")),
    When(tab__play_money_cents=None, then=Value("real")),
    default=Value("play"),
    output_field=CharField(),
)
ROW = Case(
    When(account=Account.SALES, quantity__gt=0, then=Value("gross")),
    When(account=Account.SALES, then=Value("voids")),
    When(Q(account__in=LedgerEntry.MONEY) & Q(journal__kind=Journal.Kind.REFUND), then=Value("given_back")),
    When(account__in=LedgerEntry.MONEY, then=Value("received")),
    default=F("account"),
    output_field=CharField(),
)
PROVIDER = Subquery(Payment.objects.filter(code=OuterRef("reference")).values("provider")[:1])

Sums = Counter[tuple[str, str, str]]


def figures(journals: Sequence[int]) -> dict[str, Any]:
    """The report over these journals, as plain numbers that can be kept for good."""
    sums = Sums()
    for part in _parts(journals):
        sums.update(_sums(part))
    return {name: _column(name, sums) for name in COLUMNS} | {"journals": len(journals)}


def _parts(keys: Iterable[int]) -> Iterable[list[int]]:
    keys = iter(keys)
    while part := list(islice(keys, AT_ONCE)):
        yield part


def _sums(journals: list[int]) -> Sums:
    """By column, row, and who or what it was: the person of a tip, the provider of money."""
    entries = LedgerEntry.objects.filter(journal__in=journals).order_by()
    who = Case(
        When(account=Account.TIPS, then=F("reference")),
        When(account__in=LedgerEntry.MONEY, then=PROVIDER),
        default=Value(""),
        output_field=CharField(),
    )
    rows = entries.annotate(column=COLUMN, row=ROW, who=who).values_list("column", "row", "who")
    sums = Sums()
    for column, row, name, cents in rows.annotate(sum=Sum("cents")):
        sums[column, row, name or ""] = cents
    return sums


def _column(name: str, sums: Sums) -> dict[str, Any]:
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
        "tips_by": _named(by["tips"], -1, POOL),
        "tenders": _named(by["received"], 1),
        "received_cents": rows["received"],
        "refunds": _named(by["given_back"], -1),
        "refunds_cents": -rows["given_back"],
        "kept_cents": rows["received"] + rows["given_back"],
        "owed_change_cents": rows["receivable"],
    }


def _named(sums: Counter[str], sign: int, nobody: str = "") -> dict[str, int]:
    found = Counter[str]()
    for who, cents in sums.items():
        found[nobody if nobody and who in ("", "house") else who] += sign * cents
    return {who: cents for who, cents in sorted(found.items()) if cents}


def open_tabs() -> dict[str, dict[str, int]]:
    """Tabs with something on them that nobody has paid yet, as they are now."""
    found = {name: {"tabs": 0, "due_cents": 0} for name in COLUMNS}
    open_now = Tab.objects.unsettled().filter(units__gt=0)
    for play, due in open_now.order_by().values_list("play_money_cents", DUE):
        column = found["real" if play is None else "play"]
        column["tabs"] += 1
        column["due_cents"] += due
    return found
