"""The tax terms that a line is ordered under, and those of the service charge. Decided once, and frozen."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from bartender.menu.snapshot import Drink, Menu
from bartender.menu.taxes import read_tax_classes
from bartender.models.menu import Venue
from payments.models import Tab, TaxTerms
from payments.taxes import get_or_create_terms


def terms_of_line(tab: Tab, menu: Menu, drink: Drink, *, takeaway: bool) -> TaxTerms:
    """Of a line on a tab that is taxed by class. The rate is that of the calendar day at the venue; an item
    without a class has the tab's one rate. Raises TaxRateMissing."""
    if drink.tax_class is None:
        return get_or_create_terms("", [("", tab.tax_rate)], included=tab.prices_include_tax)
    levels = drink.tax_class.levels_on(_today(menu.business_day_clock.timezone), takeaway=takeaway)
    return get_or_create_terms(drink.tax_class.name, levels, included=tab.prices_include_tax)


def service_terms(venue: Venue) -> TaxTerms | None:
    """How the service charge of a tab that is opened now is taxed; None where it is not. Raises
    TaxRateMissing."""
    if not venue.service_charge_milli or venue.service_tax_class_id is None:
        return None
    found = read_tax_classes()[venue.service_tax_class_id]
    levels = found.levels_on(_today(venue.timezone))
    return get_or_create_terms(found.name, levels, included=venue.prices_include_tax)


def _today(zone: str) -> date:
    return timezone.now().astimezone(ZoneInfo(zone)).date()
