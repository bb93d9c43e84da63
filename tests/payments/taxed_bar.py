"""A bar that taxes by class: classes with their rates, and a venue that uses them."""

from __future__ import annotations

from datetime import date
from typing import Any

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import MenuCategory, MenuItem, Venue
from bartender.models.taxes import TaxClass, TaxRate

NEW_YORK = {"State": 4_000, "City": 4_500, "MCTD": 375}
ALWAYS = date(2020, 1, 1)


def make_class(name: str, *rates: dict[str, Any]) -> TaxClass:
    made, _ = TaxClass.objects.get_or_create(name=name)
    for rate in rates:
        TaxRate.objects.create(**{"tax_class": made, "valid_from": ALWAYS} | rate)
    mark_menu_changed()
    return made


def tax_by_class(**settings: Any) -> None:
    """What a manager would set on the venue's page."""
    Venue.objects.update(**{"tax_method": "bill"} | settings)
    mark_menu_changed()


def everything_is(tax_class: TaxClass) -> None:
    MenuCategory.objects.update(tax_class=tax_class)
    mark_menu_changed()


def sell_food(tax_class: TaxClass, name: str = "Soup", cents: int = 8_90) -> MenuItem:
    category, _ = MenuCategory.objects.get_or_create(name="Food", slug="food", defaults={"position": 9})
    item, _ = MenuItem.objects.get_or_create(
        name=name,
        slug=name.lower().replace(" ", "-"),
        defaults={"category": category, "price_cents": cents, "no_alcohol": True},
    )
    MenuItem.objects.filter(pk=item.pk).update(tax_class=tax_class)
    mark_menu_changed()
    return item


def new_york(**settings: Any) -> TaxClass:
    """8.875 % on top of the prices, of three levels."""
    levels = [{"level": name, "rate_milli": rate} for name, rate in NEW_YORK.items()]
    made = make_class("Sales tax", *levels)
    everything_is(made)
    tax_by_class(**settings)
    return made


def germany(**settings: Any) -> tuple[TaxClass, TaxClass]:
    """Prices with tax in them: drinks 19 %, food 7 % since 2026, 19 % before."""
    drinks = make_class("Getränke", {"rate_milli": 19_000})
    food = make_class(
        "Speisen",
        {"rate_milli": 19_000, "valid_from": date(2024, 1, 1), "valid_until": date(2025, 12, 31)},
        {"rate_milli": 7_000, "valid_from": date(2026, 1, 1)},
    )
    everything_is(drinks)
    sell_food(food)
    tax_by_class(prices_include_tax=True, **settings)
    return drinks, food
