"""Tax classes and their rates. A change holds for what is ordered from then on, and for no open line."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin

from bartender.admin.fields import PercentField
from bartender.admin.menu import MenuModelAdmin
from bartender.models.taxes import TaxClass, TaxRate
from maya_site.core.model_admin import InlineFormSet, ModelForm, TabularInline
from maya_site.core.money import MILLI_PERCENT_SCALE, format_milli_percent


class TaxRateForm(ModelForm[TaxRate]):
    rate_milli = PercentField(label="Rate, in percent", help_text="Such as 8.875.")

    def clean_level(self) -> str:
        return " ".join(self.cleaned_data["level"].split())


class TaxRateFormSet(InlineFormSet[TaxRate, TaxClass, TaxRateForm]):
    def clean(self) -> None:
        """On each day a level has one rate, and all levels together are no more than the whole price."""
        super().clean()
        remaining = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        rows = [row for row in remaining if not row.get("DELETE")]
        for at, row in enumerate(rows):
            for other in rows[:at]:
                same = (row["level"], row["takeaway"]) == (other["level"], other["takeaway"])
                if same and _overlap(row, other):
                    named = f"“{row['level']}”" if row["level"] else "the class"
                    raise forms.ValidationError(
                        f"Two rates of {named} hold on the same day. End the older one the day before."
                    )
        for row in rows:
            day, takeaway = row["valid_from"], row["takeaway"]
            levels = [one for one in rows if one["takeaway"] == takeaway and _overlap(one, _only(day))]
            if sum(one["rate_milli"] for one in levels) > MILLI_PERCENT_SCALE:
                raise forms.ValidationError("All levels together are more than 100 percent.")


def _only(day: date) -> dict[str, Any]:
    return {"valid_from": day, "valid_until": day}


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    first, second = one["valid_until"] or date.max, other["valid_until"] or date.max
    return bool(one["valid_from"] <= second and other["valid_from"] <= first)


class TaxRateInline(TabularInline[TaxRate, TaxClass]):
    model = TaxRate
    form = TaxRateForm
    formset = TaxRateFormSet  # type: ignore[assignment] # the stubs want no form of our own
    extra = 0


@admin.register(TaxClass)
class TaxClassAdmin(MenuModelAdmin[TaxClass]):
    list_display = ("name", "rates_now")
    search_fields = ("name",)
    inlines = (TaxRateInline,)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).prefetch_related("rates")

    @admin.display(description="rates")
    def rates_now(self, row: TaxClass) -> str:
        return ", ".join(_rate_words(rate) for rate in row.rates.all()) or "none: nothing of it can be sold"


def _rate_words(rate: TaxRate) -> str:
    until = f" until {rate.valid_until:%Y-%m-%d}" if rate.valid_until else ""
    away = " to take away" if rate.takeaway else ""
    named = f"{rate.level} {format_milli_percent(rate.rate_milli)}".strip()
    return f"{named}{away} from {rate.valid_from:%Y-%m-%d}{until}"
