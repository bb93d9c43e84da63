"""The invariants of the book as a whole: they ask the database for sums, and name no tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from django.db.models import Count, Sum

from payments import append_only, reports
from payments.ledger import drawer_of
from payments.models import LedgerEntry, Payment, Refund, ZReport

Account = LedgerEntry.Account
Status = Payment.Status


def m02_the_whole_book_sums_to_nothing() -> Iterator[str]:
    sums = LedgerEntry.objects.order_by().values_list("tab__currency").annotate(cents=Sum("cents"))
    yield from (f"{currency} is off by {cents}" for currency, cents in sums if cents)


def m04_the_database_refuses_to_rewrite_it() -> Iterator[str]:
    yield from (f"trigger {name} is missing" for name in append_only.missing())


def m16_drawers_hold_what_payments_brought_and_refunds_left() -> Iterator[str]:
    brought = Counter[str]()
    paid = Payment.objects.filter(status=Status.SUCCEEDED).order_by()
    for provider, cents in paid.values_list("provider").annotate(cents=Sum("amount_cents")):
        brought[drawer_of(provider)] += cents
    given = Refund.objects.filter(status=Refund.Status.SUCCEEDED).order_by()
    for provider, cents in given.values_list("payment__provider").annotate(cents=Sum("amount_cents")):
        brought[drawer_of(provider)] -= cents
    for account in LedgerEntry.MONEY:
        held = LedgerEntry.objects.filter(account=account).aggregate(cents=Sum("cents", default=0))["cents"]
        if held != brought[account]:
            yield f"{account} holds {held}, payments brought {brought[account]}"


def m17_no_reference_of_a_till_stands_twice() -> Iterator[str]:
    for model in (Payment, Refund):
        named = model._default_manager.exclude(reference=None).order_by().values("reference")
        twice = named.annotate(n=Count("pk")).filter(n__gt=1)
        yield from (f"{row['reference']} stands twice" for row in twice)


def z_reports_are_numbered_and_say_what_the_ledger_says() -> Iterator[str]:
    """Reports keep figures that may never change, so that they can be summed again."""
    before: ZReport | None = None
    for report in ZReport.objects.order_by("number"):
        number, on = (before.number, before.business_date) if before else (0, None)
        if report.number != number + 1 or (on and report.business_date <= on):
            yield f"{report} follows Z {number} of {on}"
        again = reports.figures(list(report.lines.values_list("journal_id", flat=True)))
        yield from (
            f"{report} says {report.figures[name]}, the ledger {again[name]}"
            for name in (*reports.COLUMNS, "journals")
            if report.figures[name] != again[name]
        )
        before = report


def z_reports_hold_all_that_money_is() -> Iterator[str]:
    """What was sold less what came in is what guests owe, in each column of each report."""
    for report in ZReport.objects.all():
        for name in reports.COLUMNS:
            column = report.figures[name]
            owed = column["total_cents"] - column["received_cents"]
            if owed != column["owed_change_cents"]:
                yield f"{report}, {name}: {owed} is owed, the ledger has {column['owed_change_cents']}"


OF_THE_BOOK: tuple[Callable[[], Iterator[str]], ...] = (
    m02_the_whole_book_sums_to_nothing,
    m04_the_database_refuses_to_rewrite_it,
    m16_drawers_hold_what_payments_brought_and_refunds_left,
    m17_no_reference_of_a_till_stands_twice,
    z_reports_are_numbered_and_say_what_the_ledger_says,
    z_reports_hold_all_that_money_is,
)
