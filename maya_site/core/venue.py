"""The venue's currency, time zone and business day, as its row said when this process last read it.

A deployment has one venue. Every turn and page reads its row, and each reading is noted here, so that
formatters need no query and follow a change within the next turn. If something is formatted before the row
was ever read, it is read then.

Nobody can write a row with an unknown currency or time zone. If one is there all the same (from an earlier
release, or by SQL), the log, /healthz and the start of the server say so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from datetime import timezone as fixed
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import DatabaseError
from django.utils import formats

from maya_site.core.currencies import Currency, UnknownCurrency, currencies_by_symbol, get_currency
from maya_site.core.errors import Refusal

logger = logging.getLogger(__name__)


class UnknownTimezone(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"No such timezone: {name!r}. It is written like Europe/Lisbon.")


def get_timezone(name: str) -> ZoneInfo:
    """The time zone of a name in the tz database. Raises UnknownTimezone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimezone(name) from None


@dataclass
class VenueLocale:
    """Holds the currency and the time zone. `load` reads the row, which calls `update`; bartender sets it
    when it is ready."""

    currency: str = ""
    timezone: str = ""
    load: Callable[[], object] | None = None

    def update(self, currency: str, timezone: str) -> None:
        self.currency, self.timezone = currency, timezone

    def ensure_loaded(self) -> None:
        """Reads the row if nobody has. If the database is away, the log says so and nothing is loaded."""
        if self.currency or not self.load:
            return
        try:
            self.load()
        except DatabaseError as error:
            logger.warning("the venue's row cannot be read: %s", type(error).__name__)


VENUE_LOCALE = VenueLocale()


def venue_currency() -> Currency:
    """The venue's currency. If the row names none that exists, amounts are shown with what is written
    there."""
    VENUE_LOCALE.ensure_loaded()
    try:
        return get_currency(VENUE_LOCALE.currency)
    except UnknownCurrency as error:
        logger.critical("the venue's row: %s", error)
        return Currency(VENUE_LOCALE.currency, 2, VENUE_LOCALE.currency or "?")


def find_currency_by_symbol(symbol: str) -> Currency | None:
    """The currency that a symbol stands for: the venue's own first, also as letters. "US$" is the US
    dollar."""
    own, known = venue_currency(), currencies_by_symbol()
    return own if symbol in (own.symbol, own.code) else known.get(symbol) or known.get(symbol[-1])


def venue_timezone() -> ZoneInfo:
    VENUE_LOCALE.ensure_loaded()
    return timezone_or_utc(VENUE_LOCALE.timezone)


def timezone_or_utc(name: str) -> ZoneInfo:
    """The time zone of a name, or UTC with a warning in the log if there is none of that name."""
    if not name:  # not read yet
        return ZoneInfo("UTC")
    try:
        return get_timezone(name)
    except UnknownTimezone as error:
        logger.critical("the venue's row: %s Until it is mended, times are UTC.", error)
        return ZoneInfo("UTC")


def format_wall_time(at: datetime, format_string: str = "H:i") -> str:
    """A moment by the venue's clock, in the letters of Django's date filter."""
    return formats.date_format(pin_utc_offset(at.astimezone(venue_timezone())), format_string)


def pin_utc_offset(local: datetime) -> datetime:
    """The same wall time with a fixed offset and zone name. In the hour that a clock change repeats,
    Django's formats leave the zone out, because the wall time alone does not say which of the two hours is
    meant."""
    offset = local.utcoffset()
    if offset is None:
        return local
    return local.replace(tzinfo=fixed(offset, local.tzname() or ""), fold=0)


# --- where one business day ends and the next begins --------------------------------------------------


@dataclass(frozen=True)
class BusinessDay:
    """From the venue's `day_start_hour` to the same hour of the next day: 01:30 belongs to the day before."""

    date: date
    start: datetime
    end: datetime


class VenueClock(Protocol):
    """What a business day needs of the venue's row."""

    @property
    def timezone(self) -> str: ...

    @property
    def day_start_hour(self) -> int: ...


def business_day_at(venue: VenueClock, at: datetime) -> BusinessDay:
    """The business day that contains an instant, in the venue's timezone."""
    local = at.astimezone(timezone_or_utc(venue.timezone))
    return business_day_on(
        venue, local.date() - timedelta(days=1 if local.hour < venue.day_start_hour else 0)
    )


def business_day_on(venue: VenueClock, date: date) -> BusinessDay:
    """The business day of a date; it has 23 or 25 hours when the clocks change."""
    zone, turns_at = timezone_or_utc(venue.timezone), time(venue.day_start_hour)
    start, end = (datetime.combine(date + timedelta(days=later), turns_at, tzinfo=zone) for later in (0, 1))
    return BusinessDay(date, start, end)
