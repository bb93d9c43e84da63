"""The fact of when the bar is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bartender.facts.base import Fact, register_fact
from bartender.facts.wording import join_words
from bartender.menu.opening_hours import OpeningTimes
from bartender.services.bar_state import BarClosed, moment_words
from maya_site.core.venue import format_wall_time


@register_fact
@dataclass(frozen=True)
class OpeningTimesRead(Fact):
    """Of a business date where one was asked for (`day`, in ISO form), and how it is now where none was, or
    it is today. `spans`: from and to, by the venue's clock; `is_all_day`: no hours are stored for that date.
    `orders_end_at`, `opens_at`: moments in ISO form, "" for none."""

    kind = "opening_times"
    effect = "reads"
    phase = None
    must_report = True

    is_known: bool
    takes_orders: bool = True
    orders_end_at: str = ""
    opens_at: str = ""
    day: str = ""
    is_today: bool = False
    spans: tuple[tuple[str, str], ...] = ()
    is_all_day: bool = False

    @classmethod
    def of(cls, times: OpeningTimes | None, day: date | None) -> Self:
        if times is None:
            return cls(is_known=False)
        now = timezone.now()
        state = times.state_at(now)
        fact = cls(
            is_known=times.is_known or state.is_switched,
            takes_orders=state.takes_orders,
            orders_end_at=state.orders_end_at.isoformat() if state.orders_end_at else "",
            opens_at=state.opens_at.isoformat() if state.opens_at else "",
        )
        if day is None or not times.is_known:
            return fact
        spans = times.spans_on(day)
        return replace(
            fact,
            day=day.isoformat(),
            is_today=day == times.business_date_at(now),
            spans=tuple((f"{one.opens_at:%H:%M}", f"{one.closes_at:%H:%M}") for one in spans or ()),
            is_all_day=spans is None,
        )

    def sentence(self) -> str:
        if not self.is_known:
            return _("I don't know our opening hours. The people behind the bar do.")
        parts = [self._day_sentence()] if self.day else []
        if not self.day or self.is_today:
            parts.append(self._now_sentence())
        return " ".join(parts)

    def _day_sentence(self) -> str:
        spans = [_("%(start)s to %(end)s") % {"start": start, "end": end} for start, end in self.spans]
        if self.is_today:
            values = {"spans": join_words(spans)}
            if self.is_all_day:
                return _("Today we are open all day.")
            return _("Today we are open from %(spans)s.") % values if spans else _("Today we are closed.")
        day = date.fromisoformat(self.day)
        name = {"day": date_format(day, "l"), "date": date_format(day, "MONTH_DAY_FORMAT")}
        if self.is_all_day:
            return _("On %(day)s, %(date)s, we are open all day.") % name
        if not spans:
            return _("On %(day)s, %(date)s, we are closed.") % name
        values = {**name, "spans": join_words(spans)}
        return _("On %(day)s, %(date)s, we are open from %(spans)s.") % values

    def _now_sentence(self) -> str:
        if not self.takes_orders:
            opens = datetime.fromisoformat(self.opens_at) if self.opens_at else None
            return str(BarClosed(moment_words(opens)))
        if not self.orders_end_at:
            return _("We are open now.")
        at = format_wall_time(datetime.fromisoformat(self.orders_end_at))
        return _("We are open now, and the bar takes orders until %(time)s.") % {"time": at}
