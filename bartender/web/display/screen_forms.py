"""Forms of the shared screen: a PIN with the name that was tapped, and a new PIN."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User

from bartender.services.staff_pins import MAX_DIGITS, people_with_pin
from bartender.staff_errors import NameNotTapped, PinsDiffer
from maya_site.core.model_admin import ModelChoiceField

MAX_PATH_LENGTH = 500


class PinField(forms.CharField):
    """What is too long is a wrong PIN, and is refused as one."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(required=required, max_length=10 * MAX_DIGITS)


class PinForm(forms.Form):
    """The button that sends it is a name."""

    pin = PinField(required=False)
    person = ModelChoiceField(queryset=User.objects.none(), to_field_name="username", required=False)
    next = forms.CharField(required=False, max_length=MAX_PATH_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people_with_pin()  # type: ignore[attr-defined]

    @property
    def chosen_person(self) -> User:
        """Raises NameNotTapped where Enter was pressed in the field."""
        person: User | None = self.cleaned_data["person"]
        if person is None or not self.cleaned_data["pin"]:
            raise NameNotTapped
        return person


class ApproveByPinForm(PinForm):
    declined = forms.BooleanField(required=False)


class NewPinForm(forms.Form):
    """`current` is asked for on a shared screen only."""

    current = PinField(required=False)
    pin = PinField()
    again = PinField()

    @property
    def new_pin(self) -> str:
        """Raises PinsDiffer."""
        pin: str = self.cleaned_data["pin"]
        if pin != self.cleaned_data["again"]:
            raise PinsDiffer
        return pin
