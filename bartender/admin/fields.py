"""Form fields that let people write as they speak: 12.50 for 1250 cents, words by commas for lists."""

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
    """12.50 on the page, 1250 in the row; no float between them. `code` is the currency, the venue's if it is
    empty: of yen no decimals are taken, of dinars three."""

    def __init__(self, *, code: str = "", **kwargs: Any) -> None:
        self.code = code
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=10, **kwargs)

    def _check_max(self, minor: int) -> int:
        if minor > MAX_MINOR_UNITS:
            raise forms.ValidationError(f"That is more than {format_money(MAX_MINOR_UNITS, self.code)}.")
        return minor

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """As fine as any currency is: which one it is may change while the form's class stands."""
        return {**super().widget_attrs(widget), "step": "any"}

    def prepare_value(self, value: Any) -> Any:
        """A row's minor units; what was typed comes back as it was typed."""
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
    """8.875 on the page, 8875 thousandths of a percent in the row."""

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
    """ "on ice, rocks" on the page, ["on ice", "rocks"] in the row, in lower case, each once."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = [" ".join(word.lower().split()) for word in super().clean(value).split(",")]
        return list(dict.fromkeys(word for word in words if word))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.clean(data) != (initial or []))
