"""Validation of the menu and the venue when edited by hand, so that brains can read the result."""

from __future__ import annotations

from typing import Any

from django import forms

from bartender.admin.fields import CommaSeparatedField, MoneyField, PercentField
from bartender.models.menu import MenuAlias, MenuItem, Modifier, ModifierGroup, RecipePart, Venue
from bartender.services import business_days
from maya_site.core.model_admin import InlineFormSet, ModelForm
from maya_site.core.money import COST_CURRENCY
from payments.models import TaxMethod


def collapse_whitespace(text: str) -> str:
    return " ".join(text.split())


class MenuItemForm(ModelForm[MenuItem]):
    price_cents = MoneyField(label="Price", help_text="In the venue's currency, such as 12.50.")

    def clean_price_cents(self) -> int:
        cents: int = self.cleaned_data["price_cents"]
        if not cents:
            raise forms.ValidationError("A drink has a price above zero. On the house it is comped.")
        return cents

    def clean_name(self) -> str:
        name = collapse_whitespace(self.cleaned_data["name"])
        others = MenuItem.objects.exclude(pk=self.instance.pk)
        aliases = MenuAlias.objects.exclude(item=self.instance.pk)
        if others.filter(name__iexact=name).exists() or aliases.filter(text__iexact=name).exists():
            raise forms.ValidationError("Another item is called that.")
        return name


class RecipeFormSet(InlineFormSet[RecipePart, MenuItem, ModelForm[RecipePart]]):
    asks_strength = True

    def clean(self) -> None:
        """A drink needs a recipe or the “no alcohol” mark, so that nobody has to guess its strength."""
        super().clean()
        if not self.asks_strength:
            return
        rows = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        parts = [row for row in rows if not row.get("DELETE")]
        if not parts and not self.instance.no_alcohol:
            raise forms.ValidationError(
                "How strong is it? Write down its recipe, or tick “no alcohol” where it has none."
            )
        if self.instance.no_alcohol and any(row["uses"] and row["uses"].abv_percent != 0 for row in parts):
            raise forms.ValidationError(
                "“No alcohol” is ticked, and its recipe has alcohol in it, or something of unknown strength: "
                "one of them is wrong."
            )


class MenuAliasForm(ModelForm[MenuAlias]):
    def clean_text(self) -> str:
        text = collapse_whitespace(self.cleaned_data["text"]).lower()
        if MenuItem.objects.exclude(pk=self.instance.item_id).filter(name__iexact=text).exists():
            raise forms.ValidationError("Another item is called that.")
        return text


class ModifierForm(ModelForm[Modifier]):
    price_cents = MoneyField(label="Extra price", initial=0)
    aliases = CommaSeparatedField(required=False, help_text="What guests call it, by commas.")

    def clean_name(self) -> str:
        return collapse_whitespace(self.cleaned_data["name"]).lower()

    def clean(self) -> dict[str, Any] | None:
        """A modifier names what it adds or leaves out, or says that it adds nothing."""
        cleaned = super().clean() or self.cleaned_data
        nothing, adds, removes = (cleaned.get(name) for name in ("adds_nothing", "adds", "removes"))
        if nothing and (adds or cleaned.get("replaces") or cleaned.get("ml")):
            raise forms.ValidationError("It adds nothing, and yet something is written beside it.")
        if not nothing and not adds and not removes:
            raise forms.ValidationError(
                "What does it add? Choose the ingredient or the one that is left out, or tick “adds nothing”."
            )
        return cleaned


class ModifierFormSet(InlineFormSet[Modifier, ModifierGroup, ModifierForm]):
    def clean(self) -> None:
        super().clean()
        rows = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        names = {row["name"] for row in rows if not row.get("DELETE")}
        default = self.instance.default_modifier
        if default and default not in names:
            raise forms.ValidationError(
                f"“{default}” is poured unless asked, but is not among the modifiers."
            )


class VenueForm(ModelForm[Venue]):
    tab_cap_cents = MoneyField(label="Highest total of a tab")
    visit_budget_cents = MoneyField(
        code=COST_CURRENCY,
        label="Budget of a visit, in US dollars",
        help_text="For thinking and speaking. 0: the house brain only.",
    )
    day_budget_cents = MoneyField(
        code=COST_CURRENCY,
        label="Budget of a day, in US dollars",
        help_text="For all visits of a business day together.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["tax_rate_milli"] = self.instance.tax_rate  # also where only the older column has it

    def clean_currency(self) -> str:
        """The currency can only change between days, so that no report adds up two currencies."""
        code: str = self.cleaned_data["currency"]
        if code != self.initial.get("currency") and (why := business_days.currency_change_blocker()):
            raise forms.ValidationError(why)
        return code

    tax_rate_milli = PercentField(label="Tax rate, in percent", help_text="Such as 8.875.")
    service_charge_milli = PercentField(
        label="Service charge, in percent",
        required=False,
        help_text="On what the lines come to, where tax is by class. 0: none. It is the house's, and no tip.",
    )

    def clean_service_charge_milli(self) -> int:
        return self.cleaned_data["service_charge_milli"] or 0

    def clean(self) -> dict[str, Any] | None:
        """What only tabs that are taxed by class have is refused for the others: it would do nothing."""
        cleaned = super().clean() or self.cleaned_data
        only_by_class = cleaned.get("prices_include_tax") or cleaned.get("service_charge_milli")
        if cleaned.get("tax_method") == TaxMethod.SINGLE and only_by_class:
            self.add_error(
                "tax_method",
                "Prices with tax in them, and a service charge, need tax by class: choose it here.",
            )
        return cleaned

    card_fee_milli = PercentField(
        label="Card fee, in percent",
        required=False,
        help_text="What a payment by card link costs the house. For reports alone. Empty: unknown.",
    )
    card_fee_cents = MoneyField(
        label="Card fee for each payment", required=False, help_text="Beside the percentage."
    )
    tip_cap_cents = MoneyField(label="Highest tip")
    play_money_cents = MoneyField(label="Play money at the start")
    approval_limit_cents = MoneyField(label="Largest correction without a second person")
    tender_approval_limit_cents = MoneyField(label="Most that one person may settle at the bar")
