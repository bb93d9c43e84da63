"""When the bar is open and takes orders, computed from the hours, the special dates and what staff switched.

A span belongs to a business date, in the venue's time zone: what begins before the business day does is in
the night of the date before, and what closes at or before its opening closes on the next day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from maya_site.core.venue import VenueClock, business_day_at, business_day_on, timezone_or_utc

# An opening is looked for far ahead, a closing is not: later than NO_END_IN_SIGHT it is nobody's concern yet.
DAYS_AHEAD, MAX_DAYS_AHEAD = 8, 400
NO_END_IN_SIGHT = timedelta(days=7)


@dataclass(frozen=True)
class OpeningSpan:
    opens_at: time
    closes_at: time


@dataclass(frozen=True)
class OpenPeriod:
    """In UTC: two times of one zone would be compared by their clocks, also where the clocks change."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Switched:
    """What staff switched last. `closed_since`: from when on there are no orders, None where it opens the
    bar; `until_next_opening`: the hours open it again."""

    at: datetime
    closed_since: datetime | None
    until_next_opening: bool


@dataclass(frozen=True)
class BarState:
    """`orders_end_at`: until when orders are taken; None while closed, or where there is no end in sight.
    `opens_at`: when orders are taken again; None while open, or where nobody has said."""

    takes_orders: bool = True
    is_last_call: bool = False
    orders_end_at: datetime | None = None
    opens_at: datetime | None = None
    is_switched: bool = False  # by staff, against or without the hours


ALWAYS_OPEN = BarState()


@dataclass(frozen=True)
class OpeningTimes:
    """What is known of when the bar is open. `weekly`: the spans by weekday, Monday is 0; `special`: those of
    single dates, none where it is closed. Without `weekly` every date that is not special is open all day."""

    clock: VenueClock
    weekly: Mapping[int, Sequence[OpeningSpan]] = field(default_factory=dict)
    special: Mapping[date, Sequence[OpeningSpan]] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)  # what special dates are called
    last_call_minutes: int = 0
    switched: Switched | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.weekly or self.special)

    def state_at(self, now: datetime) -> BarState:
        return self._switched_state(now) or self._state_by_hours(now)

    def spans_on(self, business_date: date) -> Sequence[OpeningSpan] | None:
        """None where the date is open all day; empty where it is closed."""
        if business_date in self.special:
            return self.special[business_date]
        return self.weekly.get(business_date.weekday(), ()) if self.weekly else None

    def next_opening(self, after: datetime) -> datetime | None:
        for days in (DAYS_AHEAD, MAX_DAYS_AHEAD) if self.is_known else ():
            for period in self._periods(after, days):
                if period.start > after:
                    return period.start
        return None

    def business_date_at(self, at: datetime) -> date:
        return business_day_at(self.clock, at).date

    def _switched_state(self, now: datetime) -> BarState | None:
        """None where nothing is switched, or the hours have taken over again."""
        switched = self.switched
        if switched is None:
            return None
        if switched.closed_since is None:
            ends_at = self._end_of_switched_opening(switched.at)
            return (
                None
                if ends_at is None or now >= ends_at
                else self._open_until(ends_at, now, is_switched=True)
            )
        if now < switched.closed_since:
            return BarState(is_last_call=True, orders_end_at=switched.closed_since, is_switched=True)
        opens_at = self.next_opening(switched.closed_since) if switched.until_next_opening else None
        if opens_at is not None and now >= opens_at:
            return None
        return BarState(takes_orders=False, opens_at=opens_at, is_switched=True)

    def _end_of_switched_opening(self, at: datetime) -> datetime | None:
        """The next closing by the hours; where they had the bar closed, the end of the business day at the
        latest. None without hours: then nothing has to be held open."""
        if not self.is_known:
            return None
        ahead = [period for period in self._periods(at, DAYS_AHEAD) if period.end > at]
        ends = [period.end for period in ahead[:1]]
        if not ahead or ahead[0].start > at:
            ends.append(business_day_at(self.clock, at).end.astimezone(UTC))
        return min(ends)

    def _state_by_hours(self, now: datetime) -> BarState:
        if not self.is_known:
            return ALWAYS_OPEN
        for period in self._periods(now, DAYS_AHEAD):
            if period.start <= now < period.end:
                return self._open_until(period.end, now)
        return BarState(takes_orders=False, opens_at=self.next_opening(now))

    def _open_until(self, ends_at: datetime, now: datetime, *, is_switched: bool = False) -> BarState:
        left = ends_at - now
        return BarState(
            is_last_call=left <= timedelta(minutes=self.last_call_minutes),
            orders_end_at=ends_at if left < NO_END_IN_SIGHT else None,
            is_switched=is_switched,
        )

    def _periods(self, around: datetime, days: int) -> list[OpenPeriod]:
        """From two business dates before to `days` after; what touches is one."""
        first = self.business_date_at(around) - timedelta(days=2)
        found: list[OpenPeriod] = []
        for period in sorted(self._periods_of(first, days + 2), key=lambda one: one.start):
            if period.end <= period.start:  # its hour is one that the clocks leave out
                continue
            if found and period.start <= found[-1].end:
                found[-1] = OpenPeriod(found[-1].start, max(found[-1].end, period.end))
            else:
                found.append(period)
        return found

    def _periods_of(self, first: date, days: int) -> Iterator[OpenPeriod]:
        for later in range(days + 1):
            business_date = first + timedelta(days=later)
            spans = self.spans_on(business_date)
            if spans is None:
                day = business_day_on(self.clock, business_date)
                yield OpenPeriod(day.start.astimezone(UTC), day.end.astimezone(UTC))
            else:
                yield from (self._period(business_date, span) for span in spans)

    def _period(self, business_date: date, span: OpeningSpan) -> OpenPeriod:
        zone = timezone_or_utc(self.clock.timezone)
        is_after_midnight = span.opens_at.hour < self.clock.day_start_hour
        opens_on = business_date + timedelta(days=is_after_midnight)
        closes_on = opens_on + timedelta(days=span.closes_at <= span.opens_at)
        start, end = (
            datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
            for day, at in ((opens_on, span.opens_at), (closes_on, span.closes_at))
        )
        return OpenPeriod(start, end)
