"""Where one evening ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bartender.records.menu import Venue


@dataclass(frozen=True)
class BusinessDay:
    """From one turn of the day to the next; a sale at 01:30 belongs to the evening before."""

    date: date
    start: datetime
    end: datetime


def zone_of(venue: Venue) -> ZoneInfo:
    """Where staff wrote a zone that does not exist, the house still opens."""
    try:
        return ZoneInfo(venue.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def business_day(venue: Venue, at: datetime) -> BusinessDay:
    """The trading day that holds an instant, in the venue's own timezone."""
    local = at.astimezone(zone_of(venue))
    return day_of(venue, local.date() - timedelta(days=1 if local.hour < venue.day_turns_at_hour else 0))


def day_of(venue: Venue, date: date) -> BusinessDay:
    """On the days when clocks change it has 23 or 25 hours."""
    zone, turns_at = zone_of(venue), time(venue.day_turns_at_hour)
    start, end = (datetime.combine(date + timedelta(days=later), turns_at, tzinfo=zone) for later in (0, 1))
    return BusinessDay(date, start, end)
