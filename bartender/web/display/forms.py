"""Forms of the bar display."""

from __future__ import annotations

from typing import Any

from django import forms

from bartender.models.menu import MenuItem
from bartender.models.visits import MAX_GUEST_NAME_LENGTH
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.web.forms import IdempotentForm, OneLineField, OrderForm

MAX_ANSWER_LENGTH = 2_000
MAX_SUMMARY_LINE_LENGTH = 200
MAX_MOVED_LINES = 100


class TicketStepForm(forms.Form):
    """The ticket's step that was shown when the button was pressed."""

    seen = forms.IntegerField(min_value=0, max_value=32_767)


class MadeForm(forms.Form):
    """The keys of the lines that are made, as the button had them."""

    lines = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18}){0,199}$")

    @property
    def keys(self) -> list[int]:
        return [int(key) for key in self.cleaned_data["lines"].split(",")]


class AvailabilityForm(forms.Form):
    available = forms.TypedChoiceField(
        choices=[("0", "86"), ("1", "Put back")], coerce=lambda one: one == "1"
    )


class PortionsForm(forms.Form):
    item = forms.ModelChoiceField(MenuItem.objects.filter(listed=True))
    left = forms.IntegerField(min_value=0, max_value=999, required=False)


class PortionsLeftForm(forms.Form):
    left = forms.IntegerField(min_value=0, max_value=999)


class YesOrNoForm(forms.Form):
    given = forms.TypedChoiceField(choices=[("0", "No"), ("1", "Yes")], coerce=lambda one: one == "1")


class AllergiesForm(forms.Form):
    allergies = forms.MultipleChoiceField(choices=[(name, name) for name in ALLERGEN_NAMES], required=False)


class AnswerForm(IdempotentForm):
    text = forms.CharField(max_length=MAX_ANSWER_LENGTH, strip=True)


class RingInForm(OrderForm):
    takeaway = forms.BooleanField(required=False)


class MoveForm(IdempotentForm):
    """The lines that are ticked, by number, each with how many of it; `everything` moves all of them.
    `target` is the code of the other guest's visit; empty for a new tab, which may have a name."""

    target = forms.RegexField(r"^[0-9a-f]{32}$", required=False)
    name = OneLineField(MAX_GUEST_NAME_LENGTH)
    everything = forms.BooleanField(required=False)
    line = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        numbers = [one for one in data.getlist("line") if one.isdecimal()][:MAX_MOVED_LINES]
        self.fields["line"].choices = [(one, one) for one in numbers]  # type: ignore[attr-defined]
        for number in numbers:
            self.fields[f"units-{number}"] = forms.IntegerField(min_value=1, max_value=100)

    @property
    def picks(self) -> dict[int, int] | None:
        """How many of which line; None for all of them."""
        if self.cleaned_data["everything"]:
            return None
        return {number: self.cleaned_data[f"units-{number}"] for number in self.cleaned_data["line"]}


class PlaceForm(forms.Form):
    """The value of a `PlaceOption`; empty for no table."""

    place = forms.RegexField(r"^[ts][0-9]{1,18}$", required=False)


class OpenTabForm(IdempotentForm):
    name = OneLineField(MAX_GUEST_NAME_LENGTH)


class HandBackForm(forms.Form):
    first = forms.CharField(max_length=MAX_SUMMARY_LINE_LENGTH, strip=True)
    second = forms.CharField(max_length=MAX_SUMMARY_LINE_LENGTH, strip=True)
