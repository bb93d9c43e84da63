"""Form fields that let people write as they speak: dollars for cents, words by commas for lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms


class DollarsField(forms.DecimalField):
    """12.50 on the page, 1250 in the row; no float between them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal("0.00"))
        super().__init__(max_digits=8, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A row's cents; what was typed comes back as it was typed."""
        return f"{value // 100}.{value % 100:02d}" if type(value) is int else value

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else int(amount * 100)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class WordsField(forms.CharField):
    """ "on ice, rocks" on the page, ["on ice", "rocks"] in the row, in lower case, each once."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = [" ".join(word.lower().split()) for word in super().clean(value).split(",")]
        return list(dict.fromkeys(word for word in words if word))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.clean(data) != (initial or []))
