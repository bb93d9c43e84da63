"""Business dates: reading one at any time (X), closing one for good (Z).

A report holds journals, not hours. What was committed after its date was closed, a late refund or the last
sale of a slow transaction, is in no report yet and belongs to the next date: nothing is lost and nothing is
counted twice, whatever clocks and locks do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet
from django.utils import timezone

from bartender.errors import DayIsClosed, DayNotOver
from bartender.records.menu import Venue
from bartender.services.days import BusinessDay, business_day, day_of
from maya_site.lib.db import committed
from payments import reports
from payments.models import Journal, ZJournal, ZReport


@dataclass(frozen=True)
class Report:
    """What staff read. `number` is 0 while the day is open: such a report is a snapshot."""

    date: date
    start: datetime
    end: datetime
    made_at: datetime
    figures: dict[str, Any]
    number: int = 0
    closed_by: str = ""

    @property
    def name(self) -> str:
        return f"Z report {self.number}" if self.number else "X report"

    def as_json(self) -> dict[str, Any]:
        named = {"number": self.number, "closed_by": self.closed_by} if self.number else {}
        when = {"business_date": self.date, "from": self.start, "to": self.end, "made_at": self.made_at}
        return {
            "report": "z" if self.number else "x",
            **named,
            **{name: at.isoformat() for name, at in when.items()},
            **self.figures,
        }


def x_report(on: date | None = None) -> Report:
    """The date as it stands, the current one if none is named; one that was closed as it was closed."""
    venue, now = Venue.here(), timezone.now()
    day = day_of(venue, on) if on else business_day(venue, now)
    if closed := ZReport.objects.filter(business_date=day.date).first():
        return report_of(closed)
    keys = list(_open_on(venue, day).values_list("pk", flat=True))
    figures = reports.figures(keys) | {"open_tabs": reports.open_tabs()}
    return Report(day.date, day.start, day.end, now, figures)


def z_report(on: date | None, by: str) -> ZReport:
    """Close a business date: the oldest open one that is over, if none is named. Once, in order, for good."""
    return _closed(on, by)


@committed
def _closed(on: date | None, by: str) -> ZReport:
    venue = Venue.objects.select_for_update().get(pk=Venue.here().pk)  # one closes at a time
    last = ZReport.objects.order_by("number").last()
    oldest = oldest_open(venue)
    day = day_of(venue, on or oldest or business_day(venue, timezone.now()).date)
    _refuse(venue, day, last, oldest, named=on is not None)
    keys = list(_open_on(venue, day).values_list("pk", flat=True))
    report = ZReport.objects.create(
        number=last.number + 1 if last else 1,
        previous=last,
        business_date=day.date,
        starts_at=day.start,
        ends_at=day.end,
        figures=reports.figures(keys) | {"open_tabs": reports.open_tabs()},
        closed_by=by,
    )
    ZJournal.objects.bulk_create([ZJournal(report=report, journal_id=key) for key in keys], batch_size=500)
    return report


def _refuse(
    venue: Venue, day: BusinessDay, last: ZReport | None, oldest: date | None, *, named: bool
) -> None:
    today = business_day(venue, timezone.now()).date
    if last and day.date <= last.business_date:
        raise DayIsClosed(f"{last.business_date:%Y-%m-%d} is closed already, by Z report {last.number}.")
    if day.date > today or (day.date == today and not named):
        raise DayNotOver(f"{day.date:%Y-%m-%d} is not over. Name it with --date to close it all the same.")
    if oldest and oldest < day.date:
        raise DayNotOver(f"{oldest:%Y-%m-%d} is still open. Close it first: days are closed in order.")


def oldest_open(venue: Venue) -> date | None:
    """The first business date with something that no report holds yet."""
    first = _open().aggregate(at=Min("at"))["at"]
    return max(business_day(venue, first).date, _first_possible() or date.min) if first else None


def _first_possible() -> date | None:
    last = ZReport.objects.order_by("number").last()
    return last.business_date + timedelta(days=1) if last else None


def _open() -> QuerySet[Journal]:
    return Journal.objects.filter(in_report=None).order_by("pk")


def _open_on(venue: Venue, day: BusinessDay) -> QuerySet[Journal]:
    """In no report yet. What came too late for the date before counts to the first one after it."""
    found = _open().filter(at__lt=day.end)
    return found if day.date == oldest_open(venue) else found.filter(at__gte=day.start)


def report_of(closed: ZReport) -> Report:
    return Report(
        date=closed.business_date,
        start=closed.starts_at,
        end=closed.ends_at,
        made_at=closed.closed_at,
        figures=closed.figures,
        number=closed.number,
        closed_by=closed.closed_by,
    )
