"""What a guest's form may carry. Never a price, a tab or a visit: those are the server's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from bartender.provider_status.key_check import own_key_providers

MAX_MESSAGE_LENGTH = 4_000
MAX_MODIFIERS = 12


class IdempotentForm(forms.Form):
    """Every form carries an id made with its page, so that pressing twice is one deed."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")


class MessageForm(IdempotentForm):
    text = forms.CharField(max_length=MAX_MESSAGE_LENGTH, strip=True)


class OrderForm(IdempotentForm):
    quantity = forms.IntegerField(required=False, min_value=-9999, max_value=9999)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        getlist = getattr(self.data, "getlist", None)
        self.modifiers: list[str] = [
            name.strip()[:60] for name in (getlist("modifiers") if getlist else []) if name.strip()
        ][:MAX_MODIFIERS]


class TipForm(IdempotentForm):
    """Percent from a button, or an amount in the venue's currency. Neither: no tip."""

    percent = forms.IntegerField(required=False, min_value=0, max_value=100)
    amount = forms.DecimalField(required=False, min_value=Decimal(0), max_digits=9)


class PayShareForm(forms.Form):
    """Which share of a split tab, and the yes to its amount."""

    share = forms.RegexField(r"^[0-9a-f]{32}$")
    nonce = forms.RegexField(r"^[0-9a-f]{32}$")


class OwnKeysForm(forms.Form):
    """A key, as vendors write them, for each provider that takes one. Never shown again, whatever is wrong
    with it."""

    PATTERN = r"^[\x21-\x7e]{8,200}$"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in own_key_providers():
            self.fields[name] = forms.RegexField(self.PATTERN, required=False, strip=True)


class PayForm(forms.Form):
    """Without a nonce it asks for the bill; with one it says yes to the amount on the card."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$", required=False)
    nonce = forms.RegexField(r"^[0-9a-f]{32}$", required=False)


class ReceiptEmailForm(forms.Form):
    address = forms.EmailField(max_length=254)
