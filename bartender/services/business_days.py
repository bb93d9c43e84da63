"""X reports read a business date at any time; a Z report closes it for good.

A report holds journals, not hours. What is committed after its date was closed (a late refund, the last sale
of a slow transaction) is in no report yet and counts to the next date. So nothing is lost or counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from bartender.errors import BusinessDayClosed, BusinessDayNotOver, OpenItemsRemain
from bartender.models.menu import Venue
from bartender.services.night_letter import write_night_letter
from bartender.services.open_items import find_open_items, format_open_counts
from maya_site.core.db import atomic_with_retry
from maya_site.core.venue import BusinessDay, business_day_at, business_day_on
from maya_site.events.models import EventKind
from maya_site.events.record import record_event
from payments import day_seals, reports
from payments.drawer_reports import build_drawer_figures
from payments.models import DrawerEntry, Journal, Tab, ZDrawerEntry, ZJournal, ZReport

MAX_REASON_LENGTH = 200


@dataclass(frozen=True)
class BusinessDayReport:
    """The figures of one date. `number` is 0 for an X report, else the Z report's number."""

    date: date
    start: datetime
    end: datetime
    created_at: datetime
    figures: dict[str, Any]
    number: int = 0
    closed_by: str = ""

    @property
    def left_open(self) -> str:
        """What was open at closing, in words; "" if nothing was, or in a report without this figure."""
        left = self.figures.get("left_open")
        return format_open_counts(left) if left else ""

    @property
    def reason(self) -> str:
        """Why it was closed although something was open."""
        return str(self.figures.get("left_open", {}).get("reason", ""))

    @property
    def name(self) -> str:
        return f"Z report {self.number}" if self.number else "X report"

    def as_json(self) -> dict[str, Any]:
        named = {"number": self.number, "closed_by": self.closed_by} if self.number else {}
        when = {"business_date": self.date, "from": self.start, "to": self.end, "created_at": self.created_at}
        return {
            "report": "z" if self.number else "x",
            **named,
            **{name: at.isoformat() for name, at in when.items()},
            **self.figures,
        }


def build_x_report(on: date | None = None) -> BusinessDayReport:
    """The figures of a date so far, today's by default; of a closed date, its Z report."""
    venue, now = Venue.current(), timezone.now()
    day = business_day_on(venue, on) if on else business_day_at(venue, now)
    if closed := ZReport.objects.filter(business_date=day.date).first():
        return report_from_z_report(closed)
    unreported = _unreported_journals(reports.first_open_journal())
    oldest = _oldest_date(venue, unreported)
    columns = reports.build_figures(_journals_of(day, oldest, unreported))
    figures = columns | {
        "open_tabs": reports.summarize_open_tabs(),
        "currency": venue.currency,
        "drawer": build_drawer_figures(columns, unreported_drawer_entries(day, oldest)),
    }
    return BusinessDayReport(day.date, day.start, day.end, now, figures)


def close_business_day(on: date | None, by: str, reason: str = "") -> ZReport:
    """Closes a business date for good: `on`, or the oldest open date that is over. Dates are closed in order.

    Locks the venue's row. While something is open it needs a reason, else it raises OpenItemsRemain. Raises
    BusinessDayClosed or BusinessDayNotOver.
    """
    return _create_z_report(on, by, " ".join(reason.split())[:MAX_REASON_LENGTH])


@atomic_with_retry
def _create_z_report(on: date | None, by: str, reason: str) -> ZReport:
    venue = Venue.objects.select_for_update().get(pk=Venue.current().pk)  # one closes at a time
    last = ZReport.objects.order_by("number").last()
    # Of all journals: which may be open is noted for X reports alone, and a Z report leaves none behind.
    unreported = _unreported_journals()
    oldest = _oldest_date(venue, unreported)
    day = business_day_on(venue, on or oldest or business_day_at(venue, timezone.now()).date)
    _check_can_close(venue, day, last, oldest, named=on is not None)
    left = find_open_items()
    if left and not reason:
        raise OpenItemsRemain(left.words)
    keys = _journals_of(day, oldest, unreported)
    columns, entries = reports.build_figures(keys), list(unreported_drawer_entries(day, oldest))
    open_now = {"open_tabs": reports.summarize_open_tabs(), "left_open": {**left.counts, "reason": reason}}
    report = ZReport(
        number=last.number + 1 if last else 1,
        previous=last,
        business_date=day.date,
        starts_at=day.start,
        ends_at=day.end,
        figures=columns
        | open_now
        | {"currency": venue.currency, "drawer": build_drawer_figures(columns, entries)},
        closed_by=by,
        first_open_journal=_first_open_journal(unreported, keys, last),
    )
    heads = day_seals.build_heads(keys)
    day_seals.seal_report(report, heads)
    report.save(force_insert=True)
    day_seals.write_heads(heads)
    ZJournal.objects.bulk_create([ZJournal(report=report, journal_id=key) for key in keys], batch_size=500)
    ZDrawerEntry.objects.bulk_create([ZDrawerEntry(report=report, entry=entry) for entry in entries])
    write_night_letter(report, venue)
    values = {"number": report.number, "business_date": day.date.isoformat(), "currency": venue.currency}
    record_event(EventKind.DAY_CLOSED, str(report.number), values)
    return report


def _check_can_close(
    venue: Venue, day: BusinessDay, last: ZReport | None, oldest: date | None, *, named: bool
) -> None:
    today = business_day_at(venue, timezone.now()).date
    if last and day.date <= last.business_date:
        raise BusinessDayClosed(
            f"{last.business_date:%Y-%m-%d} is closed already, by Z report {last.number}."
        )
    if day.date > today or (day.date == today and not named):
        raise BusinessDayNotOver(
            f"{day.date:%Y-%m-%d} is not over. Name it with --date to close it all the same."
        )
    if oldest and oldest < day.date:
        raise BusinessDayNotOver(
            f"{oldest:%Y-%m-%d} is still open. Close it first: days are closed in order."
        )


def oldest_open_date(venue: Venue) -> date | None:
    """The first business date with journals that are in no report; None if there are none."""
    return _oldest_date(venue, _unreported_journals(reports.first_open_journal()))


def _oldest_date(venue: Venue, unreported: dict[int, datetime]) -> date | None:
    if not unreported:
        return None
    return max(business_day_at(venue, min(unreported.values())).date, _earliest_closable_date() or date.min)


def currency_change_blocker() -> str:
    """Why the venue's currency cannot change now, in a sentence; "" if it can."""
    if Tab.objects.unsettled().filter(units__gt=0).exists():
        return "There are open tabs. Settle them and close the day, then change the currency."
    if _unreported_journals(reports.first_open_journal()):
        return "There is a day that no Z report has closed. Close it, then change the currency."
    return ""


def _earliest_closable_date() -> date | None:
    last = ZReport.objects.order_by("number").last()
    return last.business_date + timedelta(days=1) if last else None


def _unreported_journals(first: int = 0) -> dict[int, datetime]:
    """The journals that are in no report, from a key on, and when they were written."""
    rows = Journal.objects.filter(in_report=None, pk__gte=first).order_by("pk")
    return dict(rows.values_list("pk", "created_at"))


def _journals_of(day: BusinessDay, oldest: date | None, unreported: dict[int, datetime]) -> list[int]:
    """The date's own; the oldest open date also takes everything before it."""
    takes_all = day.date == oldest
    return [pk for pk, at in unreported.items() if at < day.end and (takes_all or at >= day.start)]


def _first_open_journal(
    unreported: Iterable[int], reported: Sequence[int], last: ZReport | None
) -> int | None:
    """The first journal that is in no report after one with these. None if there is none to tell by."""
    if left := set(unreported).difference(reported):
        return min(left)
    if reported:
        return max(reported) + 1
    return last.first_open_journal if last else None


def unreported_drawer_entries(day: BusinessDay, oldest: date | None) -> QuerySet[DrawerEntry]:
    """The date's acts at the cash drawer that are in no report, chosen as its journals are."""
    found = DrawerEntry.objects.filter(in_report=None, created_at__lt=day.end).order_by("pk")
    return found if oldest is None or day.date == oldest else found.filter(created_at__gte=day.start)


def report_from_z_report(closed: ZReport) -> BusinessDayReport:
    return BusinessDayReport(
        date=closed.business_date,
        start=closed.starts_at,
        end=closed.ends_at,
        created_at=closed.closed_at,
        figures=closed.figures,
        number=closed.number,
        closed_by=closed.closed_by,
    )
