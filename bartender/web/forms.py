"""The guest's forms. They never carry a price, a tab or a visit: the server knows those."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from bartender.models.visits import MAX_GUEST_NAME_LENGTH, MAX_NOTE_LENGTH
from bartender.provider_status.key_check import own_key_providers

MAX_MESSAGE_LENGTH = 4_000
MAX_MODIFIERS = 12


class IdempotentForm(forms.Form):
    """The id is made with the page and becomes the idempotency key, so that pressing twice acts once."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")


class MessageForm(IdempotentForm):
    text = forms.CharField(max_length=MAX_MESSAGE_LENGTH, strip=True)


class OneLineField(forms.CharField):
    """Words that may be left out. White space, line breaks too, is one blank."""

    def __init__(self, max_length: int) -> None:
        super().__init__(required=False, max_length=max_length)

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class GuestNameForm(forms.Form):
    name = OneLineField(MAX_GUEST_NAME_LENGTH)


class OrderForm(IdempotentForm):
    quantity = forms.IntegerField(required=False, min_value=-9999, max_value=9999)
    note = OneLineField(MAX_NOTE_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        getlist = getattr(self.data, "getlist", None)
        self.modifiers: list[str] = [
            name.strip()[:60] for name in (getlist("modifiers") if getlist else []) if name.strip()
        ][:MAX_MODIFIERS]


class TipForm(IdempotentForm):
    """A percentage from a button, or an amount in the venue's currency; neither removes the tip."""

    percent = forms.IntegerField(required=False, min_value=0, max_value=100)
    amount = forms.DecimalField(required=False, min_value=Decimal(0), max_digits=9)


class PayShareForm(forms.Form):
    """The code of a share of a split tab, and the nonce that confirms its amount."""

    share = forms.RegexField(r"^[0-9a-f]{32}$")
    nonce = forms.RegexField(r"^[0-9a-f]{32}$")


class OwnKeysForm(forms.Form):
    """One optional key for each provider that accepts guests' keys. Errors never repeat the input."""

    PATTERN = r"^[\x21-\x7e]{8,200}$"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in own_key_providers():
            self.fields[name] = forms.RegexField(self.PATTERN, required=False, strip=True)


class PayForm(forms.Form):
    """Without a nonce it asks for the bill; with one it confirms the amount on the payment card."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$", required=False)
    nonce = forms.RegexField(r"^[0-9a-f]{32}$", required=False)


class ReceiptEmailForm(forms.Form):
    address = forms.EmailField(max_length=254)
