"""Forms of the bar display."""

from __future__ import annotations

from django import forms

from bartender.models.visits import MAX_GUEST_NAME_LENGTH
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.web.forms import IdempotentForm, OneLineField, OrderForm

MAX_ANSWER_LENGTH = 2_000
MAX_SUMMARY_LINE_LENGTH = 200


class TicketStepForm(forms.Form):
    """The ticket's step that was shown when the button was pressed."""

    seen = forms.IntegerField(min_value=0, max_value=32_767)


class AvailabilityForm(forms.Form):
    available = forms.TypedChoiceField(
        choices=[("0", "86"), ("1", "Put back")], coerce=lambda one: one == "1"
    )


class YesOrNoForm(forms.Form):
    given = forms.TypedChoiceField(choices=[("0", "No"), ("1", "Yes")], coerce=lambda one: one == "1")


class AllergiesForm(forms.Form):
    allergies = forms.MultipleChoiceField(choices=[(name, name) for name in ALLERGEN_NAMES], required=False)


class AnswerForm(IdempotentForm):
    text = forms.CharField(max_length=MAX_ANSWER_LENGTH, strip=True)


class RingInForm(OrderForm):
    takeaway = forms.BooleanField(required=False)


class GuestNameForm(forms.Form):
    name = OneLineField(MAX_GUEST_NAME_LENGTH)


class OpenTabForm(IdempotentForm):
    name = OneLineField(MAX_GUEST_NAME_LENGTH)


class HandBackForm(forms.Form):
    first = forms.CharField(max_length=MAX_SUMMARY_LINE_LENGTH, strip=True)
    second = forms.CharField(max_length=MAX_SUMMARY_LINE_LENGTH, strip=True)
