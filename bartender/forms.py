"""What a guest's form may carry. Never a price, a tab or a visit: those are the server's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

LONGEST_TEXT = 4_000
MOST_MODIFIERS = 12


class OnceForm(forms.Form):
    """Every form carries an id made with its page, so that pressing twice is one deed."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$")


class SayForm(OnceForm):
    said = forms.CharField(max_length=LONGEST_TEXT, strip=True)


class OrderForm(OnceForm):
    quantity = forms.IntegerField(required=False, min_value=-9999, max_value=9999)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        getlist = getattr(self.data, "getlist", None)
        self.modifiers: list[str] = [
            name.strip()[:60] for name in (getlist("modifiers") if getlist else []) if name.strip()
        ][:MOST_MODIFIERS]


class TipForm(OnceForm):
    """Percent from a button, or an amount in dollars. Neither: no tip."""

    percent = forms.IntegerField(required=False, min_value=0, max_value=100)
    amount = forms.DecimalField(required=False, min_value=Decimal(0), max_digits=7, decimal_places=2)


class PayShareForm(forms.Form):
    """Which share of a split tab, and the yes to its amount."""

    share = forms.RegexField(r"^[0-9a-f]{32}$")
    nonce = forms.RegexField(r"^[0-9a-f]{32}$")


class KeysForm(forms.Form):
    """A key, as vendors write them. Never shown again, whatever is wrong with it."""

    PATTERN = r"^[\x21-\x7e]{8,200}$"
    gemini = forms.RegexField(PATTERN, required=False, strip=True)
    cartesia = forms.RegexField(PATTERN, required=False, strip=True)


class PayForm(forms.Form):
    """Without a nonce it asks for the bill; with one it says yes to the amount on the card."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$", required=False)
    nonce = forms.RegexField(r"^[0-9a-f]{32}$", required=False)


class MailForm(forms.Form):
    address = forms.EmailField(max_length=254)
