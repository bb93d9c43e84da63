"""The range of business dates that a report is asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from bartender.books.journal_pages import DateRange
from bartender.models.menu import Venue
from maya_site.core.venue import business_day_at

MAX_DAYS = 92  # a report reads what lies between its dates, so these bound what it costs
DEFAULT_DAYS = 7


class DateRangeForm(forms.Form):
    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To, included", widget=forms.DateInput(attrs={"type": "date"}))

    @classmethod
    def of(cls, request: HttpRequest) -> DateRangeForm:
        """Of the page's address; the last seven business dates where it names none."""
        return cls(request.GET if "first" in request.GET or "last" in request.GET else _last_days())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            raise forms.ValidationError("The first date is after the last one. Turn them around.")
        if first and last and (last - first).days >= MAX_DAYS:
            raise forms.ValidationError(f"A report has at most {MAX_DAYS} days. For more, export the books.")
        return cleaned


def read_dates(form: DateRangeForm) -> DateRange:
    """The dates of the form; the last seven where it is wrong, and says so."""
    given = form.cleaned_data if form.is_valid() else _last_days()
    return DateRange(given["first"], given["last"])


def _last_days() -> dict[str, Any]:
    today = business_day_at(Venue.current(), timezone.now()).date
    return {"first": today - timedelta(days=DEFAULT_DAYS - 1), "last": today}
