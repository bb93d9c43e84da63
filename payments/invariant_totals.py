"""The invariants of the ledger as a whole. They ask the database for sums, and name no tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from django.db.models import Count, Max, Sum

from payments import append_only, chain_checks, reports
from payments.drawer_reports import build_drawer_figures
from payments.ledger import money_account_for
from payments.models import (
    Dispute,
    Document,
    DocumentCounter,
    Journal,
    LedgerEntry,
    Payment,
    Refund,
    ZReport,
)

Account = LedgerEntry.Account
PaymentStatus = Payment.Status


def ledger_sums_to_zero() -> Iterator[str]:
    sums = LedgerEntry.objects.order_by().values_list("tab__currency").annotate(cents=Sum("cents"))
    yield from (f"{currency} is off by {cents}" for currency, cents in sums if cents)


def append_only_triggers_exist() -> Iterator[str]:
    yield from (f"trigger {name} is missing" for name in append_only.missing_triggers())


def money_accounts_match_payments_and_refunds() -> Iterator[str]:
    brought = Counter[str]()
    paid = Payment.objects.filter(status=PaymentStatus.SUCCEEDED).order_by()
    for provider, cents in paid.values_list("provider").annotate(cents=Sum("amount_cents")):
        brought[money_account_for(provider)] += cents
    given = Refund.objects.filter(status=Refund.Status.SUCCEEDED).order_by()
    for provider, cents in given.values_list("payment__provider").annotate(cents=Sum("amount_cents")):
        brought[money_account_for(provider)] -= cents
    taken = Dispute.objects.order_by().values_list("payment__provider")
    for provider, cents in taken.annotate(cents=Sum("withdrawn_cents")):
        brought[money_account_for(provider)] -= cents
    for account in LedgerEntry.MONEY_ACCOUNTS:
        held = LedgerEntry.objects.filter(account=account).aggregate(cents=Sum("cents", default=0))["cents"]
        if held != brought[account]:
            yield f"{account} holds {held}, payments brought {brought[account]}"


def what_left_a_tab_came_to_another() -> Iterator[str]:
    """A move has two halves under one key, and in each account they sum to zero."""
    halves = LedgerEntry.objects.filter(
        journal__kind__in=Journal.MOVE_KINDS, account__in=[Account.SALES, Account.COMPS]
    ).order_by()
    sums = halves.values_list("journal__key", "account").annotate(cents=Sum("cents"), units=Sum("quantity"))
    yield from (f"move {key} is off by {cents} in {account}" for key, account, cents, _ in sums if cents)
    yield from (f"move {key} is off by {units} drinks" for key, _, _, units in sums if units)


def provider_references_are_unique() -> Iterator[str]:
    for model in (Payment, Refund):
        named = model._default_manager.exclude(reference=None).order_by().values("reference")
        twice = named.annotate(n=Count("pk")).filter(n__gt=1)
        yield from (f"{row['reference']} stands twice" for row in twice)


def document_numbers_have_no_gap() -> Iterator[str]:
    """In each series: from 1 to as many as there are, which is what its counter gave out."""
    counted = dict(DocumentCounter.objects.values_list("series", "last_number"))
    rows = Document.objects.order_by().values_list("series").annotate(n=Count("pk"), last=Max("number"))
    for series, n, last in rows:
        if not n == last == counted.get(series):
            yield f"{n} documents in {series}, the last {last}, counted {counted.get(series)}"


def z_reports_are_numbered_and_match_ledger() -> Iterator[str]:
    """Numbers have no gap, and a report's stored figures equal those that its journals sum to."""
    before: ZReport | None = None
    for report in ZReport.objects.order_by("number"):
        number, on = (before.number, before.business_date) if before else (0, None)
        if report.number != number + 1 or (on and report.business_date <= on):
            yield f"{report} follows Z {number} of {on}"
        again = reports.build_figures(list(report.lines.values_list("journal_id", flat=True)))
        yield from (
            f"{report} says {report.figures[name]}, the ledger {again[name]}"
            for name in (*reports.COLUMNS, "journals")
            if report.figures[name] != again[name]
        )
        before = report


def no_journal_is_left_behind_by_reports() -> Iterator[str]:
    """An X report looks for journals from the first open one on."""
    left = Journal.objects.filter(in_report=None, pk__lt=reports.first_open_journal()).order_by("pk")
    yield from (f"journal {pk} is in no report" for pk in left.values_list("pk", flat=True))


def z_reports_match_drawer() -> Iterator[str]:
    """What a report says of the cash drawer is what its entries and its cash come to."""
    for report in ZReport.objects.prefetch_related("drawer_lines__entry"):
        entries = [line.entry for line in report.drawer_lines.all()]
        again = build_drawer_figures(report.figures, entries)
        if report.figures.get("drawer", {}) != again:
            yield f"{report} says {report.figures.get('drawer')} of the drawer, its entries {again}"


def z_report_columns_balance() -> Iterator[str]:
    """In each column of each report, what was sold less what came in is what guests owe."""
    for report in ZReport.objects.all():
        for name in reports.COLUMNS:
            column = report.figures[name]
            owed = column["total_cents"] - column["received_cents"]
            if owed != column["owed_change_cents"]:
                yield f"{report}, {name}: {owed} is owed, the ledger has {column['owed_change_cents']}"


def z_reports_with_open_tabs_have_reason() -> Iterator[str]:
    """A report that was closed with open tabs has a reason. Older reports, from before one was asked for,
    are left out."""
    for report in ZReport.objects.all():
        left = report.figures.get("left_open")
        counts = [left[name] for name in left if name != "reason"] if left else []
        if any(counts) and not left["reason"]:
            yield f"{report} left something open and does not say why"


LEDGER_INVARIANTS: tuple[Callable[[], Iterator[str]], ...] = (
    ledger_sums_to_zero,
    append_only_triggers_exist,
    money_accounts_match_payments_and_refunds,
    what_left_a_tab_came_to_another,
    provider_references_are_unique,
    document_numbers_have_no_gap,
    z_reports_are_numbered_and_match_ledger,
    no_journal_is_left_behind_by_reports,
    z_reports_match_drawer,
    z_report_columns_balance,
    z_reports_with_open_tabs_have_reason,
    chain_checks.day_seals_hold,
    chain_checks.chain_start_holds,
    chain_checks.drawer_entries_are_chained,
    chain_checks.every_row_has_its_tab,
)
# These cost the same however old the bar is.
QUICK_TOTALS = frozenset({append_only_triggers_exist.__name__})
