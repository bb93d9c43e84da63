"""The ledger's entries of a range of business dates, in pages: memory stays the same for any range.

A journal belongs to the date of the Z report that holds it. What no report holds yet belongs to the day it
was written on, and never to a date that is closed: as a report of it would say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from bartender.models.menu import Venue
from maya_site.core.venue import business_day_at, business_day_on
from payments import reports
from payments.models import Journal, LedgerEntry, ZJournal, ZReport
from payments.reports import COLUMN_CASE

PAGE_SIZE = 1_000


class DateRange(NamedTuple):
    """Business dates, the last included."""

    first: date
    last: date


class EntryRow(NamedTuple):
    """One entry of the ledger with what exports say of it. Amounts are minor units, debits positive."""

    business_date: date
    at: datetime
    journal: int
    kind: str
    actor: str
    reason: str
    tab: str
    currency: str
    tab_is_play: bool
    money: str  # real or play, as the reports have it
    account: str
    cents: int
    reference: str
    part: str
    quantity: int
    unit_cents: int
    tax_class: str
    rate_milli: int | None
    included: bool
    tip_recipient: str
    z_number: int


_COLUMNS = (
    "journal__created_at",
    "journal_id",
    "journal__kind",
    "journal__actor",
    "journal__reason",
    "tab__code",
    "tab__currency",
    "tab__play_money_cents",
    "column",
    "account",
    "cents",
    "reference",
    "part",
    "quantity",
    "unit_cents",
    "tax_terms__name",
    "tax_terms__rate_milli",
    "tax_terms__included",
    "tip_recipient__username",
)


class JournalPage(NamedTuple):
    """The business date of each of some journals, by its key, and the Z report that holds them (0: none)."""

    days: dict[int, date]
    z_number: int


def journal_pages(dates: DateRange) -> Iterator[JournalPage]:
    """The journals of the dates in pages of at most a thousand: those of Z reports, then what none holds."""
    for report in ZReport.objects.filter(business_date__range=dates).order_by("number").iterator():
        for keys in _pages_of_report(report):
            yield JournalPage(dict.fromkeys(keys, report.business_date), report.number)
    venue, last = Venue.current(), ZReport.objects.order_by("number").last()
    closable = last.business_date + timedelta(days=1) if last else date.min
    if dates.last < closable:
        return
    for page in _unreported_pages(venue, dates, closable):
        yield JournalPage({pk: max(business_day_at(venue, at).date, closable) for pk, at in page}, 0)


def entry_pages(dates: DateRange, accounts: Sequence[str] = ()) -> Iterator[list[EntryRow]]:
    """The entries of the dates, a list a page of journals; of some accounts only, where they are named."""
    for page in journal_pages(dates):
        entries = LedgerEntry.objects.filter(journal__in=list(page.days)).order_by("journal_id", "id")
        if accounts:
            entries = entries.filter(account__in=accounts)
        rows = entries.annotate(column=COLUMN_CASE).values_list(*_COLUMNS)
        yield [_entry_row(row, page.days[row[1]], page.z_number) for row in rows.iterator()]


def entries_of(dates: DateRange, accounts: Sequence[str]) -> list[QuerySet[LedgerEntry]]:
    """The entries of the dates in those accounts, for sums: of Z reports, and of what none holds yet."""
    entries = LedgerEntry.objects.filter(account__in=accounts).order_by()
    closed = list(ZReport.objects.filter(business_date__range=dates).values_list("pk", flat=True))
    found = [entries.filter(journal__in_report__report__in=closed)] if closed else []
    last = ZReport.objects.order_by("number").last()
    closable = last.business_date + timedelta(days=1) if last else date.min
    if dates.last >= closable:
        unreported = _unreported_journals(Venue.current(), dates, closable)
        found.append(entries.filter(journal__in=unreported.order_by().values("pk")))
    return found


def _pages_of_report(report: ZReport) -> Iterator[list[int]]:
    after = 0
    while True:
        rows = ZJournal.objects.filter(report=report, journal_id__gt=after).order_by("journal_id")
        keys = list(rows.values_list("journal_id", flat=True)[:PAGE_SIZE])
        if not keys:
            return
        yield keys
        after = keys[-1]


def _unreported_pages(
    venue: Venue, dates: DateRange, closable: date
) -> Iterator[Sequence[tuple[int, datetime]]]:
    found, after = _unreported_journals(venue, dates, closable), 0
    while page := list(found.filter(pk__gt=after).order_by("pk").values_list("pk", "created_at")[:PAGE_SIZE]):
        yield page
        after = page[-1][0]


def _unreported_journals(venue: Venue, dates: DateRange, closable: date) -> QuerySet[Journal]:
    """None is older than the first that was open as the last date but one was closed."""
    found = Journal.objects.filter(
        in_report=None,
        pk__gte=reports.first_open_journal(),
        created_at__lt=business_day_on(venue, dates.last).end,
    )
    if dates.first > closable:
        found = found.filter(created_at__gte=business_day_on(venue, dates.first).start)
    return found


def _entry_row(row: tuple, day: date, z_number: int) -> EntryRow:  # type: ignore[type-arg]
    at, journal, kind, actor, reason, tab, currency, play, column, *rest = row
    account, cents, reference, part, quantity, unit, of_class, rate, included, recipient = rest
    return EntryRow(
        day,
        at,
        journal,
        kind,
        actor,
        reason,
        tab,
        currency,
        play is not None,
        column,
        account,
        cents,
        reference,
        part,
        quantity,
        unit,
        of_class or "",
        rate,
        bool(included),
        recipient or "",
        z_number,
    )
