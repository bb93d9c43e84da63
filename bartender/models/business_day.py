"""Where one business day ends and the next begins, in the venue's timezone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bartender.models.menu import Venue
from maya_site.core.venue import timezone_or_utc


@dataclass(frozen=True)
class BusinessDay:
    """From the venue's `day_start_hour` to the same hour of the next day: 01:30 belongs to the day before."""

    date: date
    start: datetime
    end: datetime


def timezone_of_venue(venue: Venue) -> ZoneInfo:
    """The venue's timezone. UTC if its name is unknown, which is logged."""
    return timezone_or_utc(venue.timezone)


def business_day_at(venue: Venue, at: datetime) -> BusinessDay:
    """The business day that contains an instant, in the venue's timezone."""
    local = at.astimezone(timezone_of_venue(venue))
    return business_day_on(
        venue, local.date() - timedelta(days=1 if local.hour < venue.day_start_hour else 0)
    )


def business_day_on(venue: Venue, date: date) -> BusinessDay:
    """The business day of a date; it has 23 or 25 hours when the clocks change."""
    zone, turns_at = timezone_of_venue(venue), time(venue.day_start_hour)
    start, end = (datetime.combine(date + timedelta(days=later), turns_at, tzinfo=zone) for later in (0, 1))
    return BusinessDay(date, start, end)
