"""The names of the bar's menu's drinks, read from its file: the experiment needs no database."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bartender.menu.mentions import ItemNames, item_names
from bartender.menu.reader import ItemRow, read_menu
from bartender.menu.snapshot import Drink, Menu

MENU_PATH = Path(__file__).parents[2] / "bartender" / "menu" / "house_menu.yaml"


@cache
def load_item_names() -> ItemNames:
    return item_names(Menu("", "", "", 14, tuple(map(_drink, read_menu(MENU_PATH).items))))


def _drink(row: ItemRow) -> Drink:
    """As far as names go; nothing else of it is read."""
    return Drink(
        id=0,
        name=row.name,
        slug="",
        category=row.category,
        description="",
        price_cents=row.price_cents,
        available=True,
        glass=row.glass,
        aliases=row.aliases,
        groups=(),
        preferences=(),
    )
