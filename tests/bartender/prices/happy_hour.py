"""A bar with a happy hour: beers for a fifth less, from five to seven, by a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from bartender.menu.snapshot import Drink, current_menu, mark_menu_changed
from bartender.models.menu import MenuCategory, MenuItem, Venue
from bartender.models.price_rules import PriceRule

TUESDAY = datetime(2026, 12, 1, tzinfo=UTC)


class Clock:
    """What the bar believes the time is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = TUESDAY + timedelta(hours=18)
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def at(self, hour: int, minute: int = 0, second: int = 0, *, day: int = 1) -> None:
        self.now = TUESDAY + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


def add_rule(
    name: str = "Happy hour", *, items: Iterable[str] = (), categories: Iterable[str] = (), **fields: Any
) -> PriceRule:
    how = {"kind": "percent", "rate_milli": 20_000} if "kind" not in fields else {}
    rule = PriceRule.objects.create(
        **{"name": name, "starts_at": time(17), "ends_at": time(19)} | how | fields
    )
    rule.items.set(MenuItem.objects.filter(name__in=items))
    rule.categories.set(MenuCategory.objects.filter(name__in=categories))
    mark_menu_changed()
    return rule


def drink(name: str) -> Drink:
    """As the menu has it now."""
    found = current_menu().find_drink(name)
    assert found is not None
    return found


def happy_hour() -> PriceRule:
    return add_rule(categories=["Beer"])


def forbid_alcohol_promotions() -> None:
    Venue.objects.update(forbids_alcohol_promotions=True)
    mark_menu_changed()
