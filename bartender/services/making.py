"""What making a drink costs, and what that leaves of its price: for the people who set prices."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from bartender.errors import TaxRateMissing
from bartender.menu.composition import Pour
from bartender.menu.drinks import Drink
from bartender.models.menu import Venue
from maya_site.core.money import format_money, included_tax_milli_percent
from maya_site.core.venue import timezone_or_utc
from payments.models import TaxMethod


def price_without_tax(drink: Drink, venue: Venue) -> int:
    """The menu's price, less the tax that it has in it today."""
    if venue.tax_method == TaxMethod.SINGLE or not venue.prices_include_tax:
        return drink.list_cents
    rate = venue.tax_rate
    if drink.tax_class:
        try:
            levels = drink.tax_class.levels_on(
                timezone.now().astimezone(timezone_or_utc(venue.timezone)).date()
            )
        except TaxRateMissing:  # then it is not sold either
            levels = []
        rate = sum(level_rate for _level, level_rate in levels)
    return drink.list_cents - included_tax_milli_percent(drink.list_cents, rate)


def describe_making(drink: Drink, venue: Venue) -> str:
    """Its ingredients' cost as it is made unless asked, its share of the price, the margin, and each part."""
    parts = ", ".join(f"{pour.name} {_cost_label(pour)}" for pour in drink.plain.pours)
    cost = drink.plain.cost_cents
    if cost is None:
        return f"Unknown, as long as a part of it is: {parts}." if parts else "Unknown: it has no recipe."
    net = price_without_tax(drink, venue)
    share = f" of {format_money(net)} without tax" if net != drink.list_cents else f" of {format_money(net)}"
    percent = f"{Decimal(cost * 100) / net:.1f} %" if net > 0 else ""
    return (
        f"{format_money(cost)}, which is {percent}{share}. Margin: {format_money(net - cost)}. Of it {parts}."
    )


def _cost_label(pour: Pour) -> str:
    if pour.cost is None:
        return "unknown"
    return format_money(int(pour.cost.to_integral_value(ROUND_HALF_UP)))
