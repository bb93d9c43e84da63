"""Form fields that convert between what people type (12.50, words with commas) and what is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from maya_site.core.money import (
    InvalidAmount,
    format_milli_percent,
    format_money,
    format_plain_amount,
    parse_minor_units,
)

MAX_MINOR_UNITS = 99_999_999  # minor units; no bar has a price or a limit beyond it


class MoneyField(forms.DecimalField):
    """Shows and takes 12.50 for a stored 1250 minor units, without floats.

    `code` is the currency, the venue's if empty. It decides on the decimals: none for yen, three for dinars.
    """

    def __init__(self, *, code: str = "", **kwargs: Any) -> None:
        self.code = code
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=10, **kwargs)

    def _check_max(self, minor: int) -> int:
        if minor > MAX_MINOR_UNITS:
            raise forms.ValidationError(f"That is more than {format_money(MAX_MINOR_UNITS, self.code)}.")
        return minor

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Accepts any step: the venue's currency may change while the form class lives."""
        return {**super().widget_attrs(widget), "step": "any"}

    def prepare_value(self, value: Any) -> Any:
        """Formats stored minor units; text that was typed is shown again as it was typed."""
        return format_plain_amount(value, self.code) if type(value) is int else value

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        try:
            return None if amount is None else self._check_max(parse_minor_units(amount, self.code))
        except InvalidAmount as error:
            raise forms.ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class PercentField(forms.DecimalField):
    """Shows and takes 8.875 for a stored 8875 thousandths of a percent."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"max_digits": 6, "decimal_places": 3, "min_value": Decimal(0), "max_value": Decimal(100)}
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return format_milli_percent(value).removesuffix("%") if type(value) is int else value

    def clean(self, value: Any) -> Any:
        rate = super().clean(value)
        return None if rate is None else int(rate * 1_000)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class CommaSeparatedField(forms.CharField):
    """Shows "on ice, rocks" for a stored ["on ice", "rocks"], in lower case and without duplicates."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = [" ".join(word.lower().split()) for word in super().clean(value).split(",")]
        return list(dict.fromkeys(word for word in words if word))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.clean(data) != (initial or []))
