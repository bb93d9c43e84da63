"""What journals add up to, for X and Z reports. Play money has a column of its own.

Everything is summed from ledger entries alone, so a report and the ledger cannot differ: what came in less
what went back is what the accounts of money hold, and what was sold less what came in is what guests still
owe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Q, Subquery, Sum, Value, When

from maya_site.core.money import resolve_milli_percent
from payments import taxes
from payments.models import Journal, LedgerEntry, Payment, Tab, TaxMethod, ZReport
from payments.summaries import DUE

Account = LedgerEntry.Account
BATCH_SIZE = 2_000
MAX_TRANSACTION_AGE = timedelta(hours=1)
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
    When(account=Account.SALES, journal__kind=Journal.Kind.UNDO, then=Value("voids")),
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
# Column, account, tax class, rate, whether the price has it in it, whether the tab is taxed by class.
TaxRow = tuple[str, str, str, int, bool, bool]
RefundRow = tuple[str, str, str, int]  # column, part, tax class, rate


def build_figures(journal_ids: Sequence[int]) -> dict[str, Any]:
    """The report of these journals, as plain numbers that can be stored for good."""
    sums, taxed, refunded = ReportSums(), Counter[TaxRow](), Counter[RefundRow]()
    undone = ReportSums()
    for part in _batches(journal_ids):
        sums.update(_sum_entries(part))
        taxed.update(_sum_taxes(part))
        refunded.update(_sum_refunds(part))
        undone.update(_sum_entries(part, Journal.Kind.UNDO))
    columns = {
        name: _build_column(name, sums)
        | _tax_figures(name, taxed)
        | _refund_figures(name, refunded)
        | _undone_figures(name, undone)
        for name in COLUMNS
    }
    return columns | {"journals": len(journal_ids)}


def first_open_journal() -> int:
    """The key from which on a journal may be in no report, so that those of closed years need not be read.

    What was not committed yet when a date was closed may have a smaller key than what was. So it is the one
    that a report noted before the last report, which took what came late.
    """
    last = ZReport.objects.order_by("number").last()
    if last is None:
        return 0
    before = ZReport.objects.filter(closed_at__lte=last.closed_at - MAX_TRANSACTION_AGE).order_by("-number")
    noted = before.values_list("first_open_journal", flat=True).first()
    return noted or 0


def _batches(keys: Iterable[int]) -> Iterable[list[int]]:
    keys = iter(keys)
    while part := list(islice(keys, BATCH_SIZE)):
        yield part


def _sum_taxes(journal_ids: list[int]) -> Counter[TaxRow]:
    """By column, the tax and its rate, and account. What the single rate of a tab taxes has no terms."""
    entries = LedgerEntry.objects.filter(journal__in=journal_ids, account__in=taxes.BOOKED_ACCOUNTS)
    rows = (
        entries.order_by()
        .annotate(column=COLUMN_CASE)
        .values_list(
            "column",
            "account",
            "tax_terms__name",
            "tax_terms__rate_milli",
            "tax_terms__included",
            "tab__tax_method",
            "tab__tax_rate_milli",
            "tab__tax_rate_bp",
        )
    )
    sums = Counter[TaxRow]()
    for column, account, name, rate, included, method, milli, bp, cents in rows.annotate(sum=Sum("cents")):
        if rate is None and method == TaxMethod.SINGLE:
            name, rate, included = "", resolve_milli_percent(milli, bp), False
        sums[column, account, name or "", rate or 0, bool(included), method != TaxMethod.SINGLE] += cents
    return sums


def _sum_refunds(journal_ids: list[int]) -> Counter[RefundRow]:
    """What of net sales, each tax, service charge and tips went back. Earlier refunds did not say."""
    entries = LedgerEntry.objects.filter(journal__in=journal_ids, account=Account.REFUNDS).exclude(part="")
    rows = (
        entries.order_by()
        .annotate(column=COLUMN_CASE)
        .values_list(
            "column",
            "part",
            "tax_terms__name",
            "tax_terms__rate_milli",
            "tab__tax_rate_milli",
            "tab__tax_rate_bp",
        )
    )
    sums = Counter[RefundRow]()
    for column, part, name, rate, milli, bp, cents in rows.annotate(sum=Sum("cents")):
        taxed = part in (LedgerEntry.Part.TAX, LedgerEntry.Part.NET)
        rate = resolve_milli_percent(milli, bp) if rate is None and taxed else rate
        sums[column, part, name or "", rate or 0] += cents
    return sums


def _sum_entries(journal_ids: list[int], kind: str = "") -> ReportSums:
    """By column, row, and who or what it was: the person of a tip, the provider of money. Of one kind of
    journal, or of all."""
    entries = LedgerEntry.objects.filter(journal__in=journal_ids).order_by()
    entries = entries.filter(journal__kind=kind) if kind else entries
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
    included, service = rows["included_tax"], -rows["service"]
    net, tax, tips = gross - voids - comps - included, -rows["tax"], -rows["tips"]
    return {
        "gross_cents": gross,
        "voids_cents": voids,
        "comps_cents": comps,
        "net_cents": net,
        "tax_cents": tax,
        "tips_cents": tips,
        "total_cents": net + service + tax + tips,
        "tips_by": _totals_by_name(by["tips"], -1, TIP_POOL),
        "tenders": _totals_by_name(by["received"], 1),
        "received_cents": rows["received"],
        "refunds": _totals_by_name(by["given_back"], -1),
        "refunds_cents": -rows["given_back"],
        "kept_cents": rows["received"] + rows["given_back"] + rows["disputed"],
        "owed_change_cents": rows["receivable"],
    } | _optional_figures(rows)


def _tax_figures(name: str, taxed: Counter[TaxRow]) -> dict[str, Any]:
    """Net sales and tax by rate, where a tab was taxed by class. The sums are the column's net sales with the
    service charge, and its tax."""
    if not any(by_class for column, *_key, by_class in taxed if column == name):
        return {}
    rates = dict[tuple[str, int, bool], Counter[str]]()
    for (column, account, of_class, rate, included, _by_class), cents in taxed.items():
        if column == name:
            rates.setdefault((of_class, rate, included), Counter())[account] -= cents
    return {
        "tax_rates": [
            {
                "name": of_class,
                "rate_milli": rate,
                "included": included,
                "net_cents": sum(sums.values()) - sums[Account.TAX],
                "tax_cents": sums[Account.TAX],
            }
            for (of_class, rate, included), sums in sorted(rates.items())
            if any(sums.values())
        ]
    }


def _refund_figures(name: str, refunded: Counter[RefundRow]) -> dict[str, Any]:
    """What the refunds took with them: they sum to the column's refunds. Only where there are any."""
    parts, taxes_back = Counter[str](), Counter[tuple[int, str]]()
    for (column, part, of_class, rate), cents in refunded.items():
        if column == name:
            parts[part] += cents
            if part == LedgerEntry.Part.TAX:
                taxes_back[rate, of_class] += cents
    if not parts:
        return {}
    by_rate = [
        {"name": of_class, "rate_milli": rate, "tax_cents": cents}
        for (rate, of_class), cents in sorted(taxes_back.items())
    ]
    return {
        "refunded_parts": {f"{part}_cents": parts[part] for part in LedgerEntry.Part.values}
        | {"tax_rates": by_rate}
    }


def _undone_figures(name: str, undone: ReportSums) -> dict[str, Any]:
    """What was undone within seconds. The other figures are without it. Only where there is any."""
    rows, received = Counter[str](), Counter[str]()
    for (column, row, who), cents in undone.items():
        if column == name:
            rows[row] -= cents
            if row == "received":
                received[who] -= cents
    found = {"voids_cents": rows["voids"], "comps_cents": rows["comps"]}
    tenders = _totals_by_name(received, 1)
    found = {row: cents for row, cents in found.items() if cents}
    return {"undone": found | {"tenders": tenders}} if found or tenders else {}


def _optional_figures(rows: Counter[str]) -> dict[str, int]:
    """Reports that were closed before there were such rows say what they said."""
    found = {
        "disputed_cents": -rows["disputed"],
        "included_tax_cents": rows["included_tax"],
        "service_cents": -rows["service"],
    }
    return {name: cents for name, cents in found.items() if cents}


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
