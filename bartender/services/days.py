"""Where one evening ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bartender.records.menu import Venue


@dataclass(frozen=True)
class BusinessDay:
    """From one turn of the day to the next; a sale at 01:30 belongs to the evening before."""

    date: date
    start: datetime
    end: datetime


def business_day(venue: Venue, at: datetime) -> BusinessDay:
    """The trading day that holds an instant, in the venue's own timezone. On the days when clocks change
    it has 23 or 25 hours."""
    zone = ZoneInfo(venue.timezone)
    local = at.astimezone(zone)
    turns_at = venue.day_turns_at_hour
    day = local.date() - timedelta(days=1 if local.hour < turns_at else 0)
    start, end = (
        datetime.combine(day + timedelta(days=later), time(turns_at), tzinfo=zone) for later in (0, 1)
    )
    return BusinessDay(day, start, end)
