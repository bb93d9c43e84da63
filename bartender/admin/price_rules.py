"""Price rules, such as a happy hour. A change holds for what is ordered from then on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from bartender.admin.fields import MoneyField, PercentField
from bartender.admin.menu import MenuModelAdmin
from bartender.menu.snapshot import current_menu
from bartender.models.menu import Venue
from bartender.models.price_rules import DAYS_OF_WEEK, PriceRule
from maya_site.core.model_admin import ModelForm
from maya_site.core.money import format_milli_percent, format_money

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_NAMED = 3
Kind = PriceRule.Kind


class PriceRuleForm(ModelForm[PriceRule]):
    weekdays = forms.TypedMultipleChoiceField(
        label="Days of the week",
        coerce=int,
        initial=DAYS_OF_WEEK,
        choices=list(zip(DAYS_OF_WEEK, DAY_NAMES, strict=True)),
        widget=forms.CheckboxSelectMultiple,
        help_text="On which it begins: from 22:00 to 02:00 on Friday ends in Saturday's first hours.",
    )
    cents = MoneyField(
        label="Amount", required=False, help_text="For “so much less” and “this price”, such as 2.50."
    )
    rate_milli = PercentField(
        label="Percent",
        required=False,
        help_text="For “so many percent less”. What it takes off is rounded half up.",
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        self._check_how_much(cleaned)
        if not cleaned.get("items") and not cleaned.get("categories"):
            raise forms.ValidationError(
                "Choose at least one item or category: a rule for nothing does nothing."
            )
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", "The last day is before the first.")
        if Venue.current().forbids_alcohol_promotions:
            self._refuse_alcohol(cleaned)
        return cleaned

    def _check_how_much(self, cleaned: dict[str, Any]) -> None:
        """One of the two fields says how much; the other one is emptied."""
        wanted, other = ("cents", "rate_milli")
        if cleaned.get("kind") == Kind.PERCENT_OFF:
            wanted, other = other, wanted
        cleaned[other] = None
        if wanted in self.errors:
            return
        if not cleaned.get(wanted):
            self.add_error(wanted, "How much? It must be more than nothing.")
        elif wanted == "rate_milli" and cleaned[wanted] >= 100_000:
            self.add_error(wanted, "That leaves nothing to pay. What is on the house is comped.")

    def _refuse_alcohol(self, cleaned: dict[str, Any]) -> None:
        items = {item.pk for item in cleaned.get("items") or ()}
        categories = {category.name for category in cleaned.get("categories") or ()}
        names = [
            drink.name
            for drink in current_menu().drinks
            if drink.is_alcoholic and (drink.id in items or drink.category in categories)
        ]
        if names:
            more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
            raise forms.ValidationError(
                "This venue allows no promotions on alcohol, and this rule has some in it or may have: "
                f"{', '.join(names[:MAX_NAMED])}{more}."
            )


@admin.register(PriceRule)
class PriceRuleAdmin(MenuModelAdmin[PriceRule]):
    form = PriceRuleForm
    list_display = ("name", "is_active", "days", "hours", "what_it_does")
    list_filter = ("is_active",)
    search_fields = ("name",)
    filter_horizontal = ("categories", "items")
    fields = (
        "name",
        "is_active",
        "weekdays",
        ("starts_at", "ends_at"),
        ("valid_from", "valid_until"),
        "categories",
        "items",
        "kind",
        ("cents", "rate_milli"),
    )

    @admin.display(description="days")
    def days(self, rule: PriceRule) -> str:
        if len(set(rule.weekdays)) == len(DAYS_OF_WEEK):
            return "every day"
        return ", ".join(DAY_NAMES[day][:3] for day in sorted(set(rule.weekdays)))

    @admin.display(description="hours")
    def hours(self, rule: PriceRule) -> str:
        between = f"{rule.starts_at:%H:%M} to {rule.ends_at:%H:%M}"
        since = f" from {rule.valid_from.isoformat()}" if rule.valid_from else ""
        until = f" until {rule.valid_until.isoformat()}" if rule.valid_until else ""
        return f"{between}{since}{until}"

    @admin.display(description="price")
    def what_it_does(self, rule: PriceRule) -> str:
        if rule.kind == Kind.PERCENT_OFF:
            return f"{format_milli_percent(rule.rate_milli or 0)} less"
        amount = format_money(rule.cents or 0)
        return amount if rule.kind == Kind.FIXED_PRICE else f"{amount} less"
