"""Where one evening ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bartender.models.menu import Venue
from maya_site.core.venue import timezone_or_utc


@dataclass(frozen=True)
class BusinessDay:
    """From one turn of the day to the next; a sale at 01:30 belongs to the evening before."""

    date: date
    start: datetime
    end: datetime


def timezone_of_venue(venue: Venue) -> ZoneInfo:
    """A row that names no zone of this world is told of in the log and to monitors; the house still opens."""
    return timezone_or_utc(venue.timezone)


def business_day_at(venue: Venue, at: datetime) -> BusinessDay:
    """The trading day that holds an instant, in the venue's own timezone."""
    local = at.astimezone(timezone_of_venue(venue))
    return business_day_on(
        venue, local.date() - timedelta(days=1 if local.hour < venue.day_start_hour else 0)
    )


def business_day_on(venue: Venue, date: date) -> BusinessDay:
    """On the days when clocks change it has 23 or 25 hours."""
    zone, turns_at = timezone_of_venue(venue), time(venue.day_start_hour)
    start, end = (datetime.combine(date + timedelta(days=later), turns_at, tzinfo=zone) for later in (0, 1))
    return BusinessDay(date, start, end)
