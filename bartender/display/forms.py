"""What staff may send from the display."""

from __future__ import annotations

from django import forms

from bartender.forms import OnceForm
from bartender.serving.declared import NAMES

SAID_MOST = 2_000
LINE_MOST = 200


class StepForm(forms.Form):
    """The step of the ticket that was on the screen."""

    seen = forms.IntegerField(min_value=0, max_value=32_767)


class AvailableForm(forms.Form):
    available = forms.TypedChoiceField(
        choices=[("0", "86"), ("1", "Put back")], coerce=lambda one: one == "1"
    )


class YesOrNoForm(forms.Form):
    given = forms.TypedChoiceField(choices=[("0", "No"), ("1", "Yes")], coerce=lambda one: one == "1")


class AllergiesForm(forms.Form):
    allergies = forms.MultipleChoiceField(choices=[(name, name) for name in NAMES], required=False)


class AnswerForm(OnceForm):
    text = forms.CharField(max_length=SAID_MOST, strip=True)


class HandBackForm(forms.Form):
    first = forms.CharField(max_length=LINE_MOST, strip=True)
    second = forms.CharField(max_length=LINE_MOST, strip=True)
