"""The dates to choose from above a list in the admin.

Django's own reads every row of the list to find the dates that have one. Here they are those between the
first row and the last, so a list with many years behind it opens as fast as a new one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import template
from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

register = template.Library()


@register.inclusion_tag("admin/date_hierarchy.html")
def date_choices(changelist: Any) -> dict[str, Any]:
    """Years, then the months of one, then the days of one; each is a link that filters the list."""
    path, fields = (
        changelist.date_hierarchy,
        get_fields_from_path(changelist.model, changelist.date_hierarchy),
    )
    has_time = isinstance(fields[-1], models.DateTimeField)
    first, last = _bounds(fields[-1])
    if first is None or last is None:
        return {"show": False}

    def link(start: date | None = None, end: date | None = None) -> str:
        chosen = {f"{path}__gte": start, f"{path}__lt": end} if start else {}
        values = {name: _as_parameter(value, has_time=has_time) for name, value in chosen.items()}
        return str(changelist.get_query_string(values, [f"{path}__"]))

    start = _read_parameter(changelist.params.get(f"{path}__gte"))
    end = _read_parameter(changelist.params.get(f"{path}__lt"))
    years = [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    if start is None or end is None:
        choices = [_choice(link, year, _next_year(year), "Y") for year in years]
        return {"show": True, "back": None, "choices": choices}
    if start < _next_month(start.replace(day=1)) < end:
        months = [date(start.year, month, 1) for month in range(1, 13)]
        here = [month for month in months if _next_month(month) > first and month <= last]
        choices = [_choice(link, month, _next_month(month), "YEAR_MONTH_FORMAT") for month in here]
        return {"show": True, "back": {"link": link(), "title": _("All dates")}, "choices": choices}
    if end - start > timedelta(days=1):
        days = [start + timedelta(days=number) for number in range((end - start).days)]
        here = [day for day in days if first <= day <= last]
        choices = [_choice(link, day, day + timedelta(days=1), "MONTH_DAY_FORMAT") for day in here]
        year = start.replace(month=1, day=1)
        return {"show": True, "back": _choice(link, year, _next_year(year), "Y"), "choices": choices}
    month = start.replace(day=1)
    shown = [{"title": formats.date_format(start, "MONTH_DAY_FORMAT")}]
    return {
        "show": True,
        "back": _choice(link, month, _next_month(month), "YEAR_MONTH_FORMAT"),
        "choices": shown,
    }


def _bounds(field: Any) -> tuple[date | None, date | None]:
    """Two questions that an index answers; one for both would read all of it."""
    rows = field.model._default_manager.order_by()
    ends = (models.Min(field.name), models.Max(field.name))
    found = [_local_date(rows.aggregate(at=end)["at"]) for end in ends]
    return found[0], found[1]


def _local_date(at: date | datetime | None) -> date | None:
    return timezone.localtime(at).date() if isinstance(at, datetime) else at


def _choice(link: Any, start: date, end: date, title_format: str) -> dict[str, str]:
    return {"link": link(start, end), "title": formats.date_format(start, title_format)}


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _next_year(year: date) -> date:
    return year.replace(year=year.year + 1)


def _as_parameter(day: date | None, *, has_time: bool) -> str:
    assert day is not None
    if not has_time:
        return day.isoformat()
    return str(datetime.combine(day, time(), timezone.get_current_timezone()))


def _read_parameter(text: str | None) -> date | None:
    """The local date that a link of ours says, None for anything else."""
    try:
        at = parse_datetime(text or "") if text and len(text) > 10 else None
        return _local_date(at) if at and timezone.is_aware(at) else parse_date(text or "")
    except ValueError:
        return None
