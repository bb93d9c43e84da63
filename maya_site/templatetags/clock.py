"""Django's `date` and `time`, which in the hour that a clock change repeats say which of the two it was."""

from __future__ import annotations

import datetime
from typing import Any

from django import template
from django.template import defaultfilters

from maya_site.core.venue import pin_utc_offset

register = template.Library()


@register.filter("date", expects_localtime=True, is_safe=False)
def date(value: Any, format_string: str | None = None) -> Any:
    return defaultfilters.date(_pin_if_aware(value), format_string)


@register.filter("time", expects_localtime=True, is_safe=False)
def time(value: Any, format_string: str | None = None) -> Any:
    return defaultfilters.time(_pin_if_aware(value), format_string)


def _pin_if_aware(value: Any) -> Any:
    aware = isinstance(value, datetime.datetime) and value.tzinfo is not None
    return pin_utc_offset(value) if aware else value
