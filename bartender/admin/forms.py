"""What a menu edited by hand must keep, so that every brain can still read it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms

from bartender.admin.fields import DollarsField, WordsField
from bartender.records.menu import MenuAlias, MenuItem, Modifier, ModifierGroup, Venue
from maya_site.lib.admin import InlineFormSet, ModelForm

CENT = Decimal("0.01")


def plain(text: str) -> str:
    return " ".join(text.split())


class MenuItemForm(ModelForm[MenuItem]):
    price_cents = DollarsField(label="Price", min_value=CENT, help_text="In dollars, such as 12.50.")

    def clean_name(self) -> str:
        name = plain(self.cleaned_data["name"])
        others = MenuItem.objects.exclude(pk=self.instance.pk)
        aliases = MenuAlias.objects.exclude(item=self.instance.pk)
        if others.filter(name__iexact=name).exists() or aliases.filter(text__iexact=name).exists():
            raise forms.ValidationError("Another item is called that.")
        return name


class MenuAliasForm(ModelForm[MenuAlias]):
    def clean_text(self) -> str:
        text = plain(self.cleaned_data["text"]).lower()
        if MenuItem.objects.exclude(pk=self.instance.item_id).filter(name__iexact=text).exists():
            raise forms.ValidationError("Another item is called that.")
        return text


class ModifierForm(ModelForm[Modifier]):
    price_cents = DollarsField(label="Extra price", initial=0)
    aliases = WordsField(required=False, help_text="What guests call it, by commas.")

    def clean_name(self) -> str:
        return plain(self.cleaned_data["name"]).lower()


class ModifierFormSet(InlineFormSet[Modifier, ModifierGroup, ModifierForm]):
    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        names = {row["name"] for row in kept if not row.get("DELETE")}
        default = self.instance.default_modifier
        if default and default not in names:
            raise forms.ValidationError(
                f"“{default}” is poured unless asked, but is not among the modifiers."
            )


class VenueForm(ModelForm[Venue]):
    tab_cap_cents = DollarsField(label="Most on a tab")
    visit_budget_cents = DollarsField(
        label="Budget of a visit", help_text="For thinking and speaking. 0: the house brain only."
    )
    day_budget_cents = DollarsField(
        label="Budget of a day", help_text="For all visits of a business day together."
    )
    tip_cap_cents = DollarsField(label="Highest tip")
    play_money_cents = DollarsField(label="Play money at the start")
    alone_cents = DollarsField(label="Put right by one person, at most")
    tender_alone_cents = DollarsField(label="Settled at the bar by one person, at most")

    def clean_timezone(self) -> Any:
        zone = self.cleaned_data["timezone"]
        if zone not in available_timezones():
            raise forms.ValidationError("No such timezone. It is written like Europe/Lisbon.")
        return zone
