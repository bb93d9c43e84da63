"""Which day a guest means: a weekday, a date, today, tomorrow, or one that the admin has a name for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from django.conf import settings
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import override

from bartender.menu.opening_hours import OpeningTimes

_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_TOMORROW = re.compile(r"\btomorrow\b|(?<!la )(?<!de )(?<!esta )\bmanana\b")
_TODAY = re.compile(r"\b(?:today|tonight|hoy|esta noche)\b")


def find_named_day(text: str, times: OpeningTimes, today: date) -> date | None:
    """The next business date that the words name, today's included; None if they name none."""
    said = _fold(text)
    for named in (_special_day, _iso_date, _date_of_month):
        if found := named(said, times, today):
            return found
    if _TOMORROW.search(said):
        return today + timedelta(days=1)
    for number, name in _names("weekdays"):
        if re.search(rf"\b{name}s?\b", said):
            return today + timedelta(days=(number - today.weekday()) % 7)
    return today if _TODAY.search(said) else None


def _special_day(said: str, times: OpeningTimes, today: date) -> date | None:
    for day, name in sorted(times.names.items()):
        if day >= today and re.search(rf"\b{re.escape(_fold(name))}\b", said):
            return day
    return None


def _iso_date(said: str, _times: OpeningTimes, _today: date) -> date | None:
    found = _ISO_DATE.search(said)
    return _date(*map(int, found.groups())) if found else None


def _date_of_month(said: str, _times: OpeningTimes, today: date) -> date | None:
    """ "December 24", "the 24th of December", "el 24 de diciembre": the next one."""
    for month, name in _names("months"):
        day_first = rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of| de)? {name}\b"
        found = re.search(rf"{day_first}|\b{name} (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b", said)
        if found:
            day = int(found[1] or found[2])
            this_year = _date(today.year, month, day)
            return this_year if this_year and this_year >= today else _date(today.year + 1, month, day)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=2)
def _names(kind: str) -> tuple[tuple[int, str], ...]:
    """The names of weekdays (Monday is 0) or months, in every language that guests read."""
    return tuple(dict.fromkeys(_translated_names(WEEKDAYS if kind == "weekdays" else MONTHS)))


def _translated_names(names: dict[int, str]) -> Iterator[tuple[int, str]]:
    for language, _name in settings.LANGUAGES:
        with override(language):
            yield from ((number, _fold(str(name))) for number, name in names.items())


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower())
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())
