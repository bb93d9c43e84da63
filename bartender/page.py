"""What the guest's pages show, gathered by reading alone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bartender.hearing.house import whose_ears
from bartender.honest import honest_words
from bartender.keys import seal
from bartender.keys.keeper import keys_of
from bartender.menu.snapshot import Drink, Menu, current_menu
from bartender.records.menu import Venue
from bartender.records.visits import Turn, Visit
from bartender.services.bills import Bill, BillLine, bill_of
from bartender.services.sharing import bills_shared_by

TIPS = (10, 15, 20)
LOW_CENTS = 50_00
MOST_TURNS = 60
GLASSES = frozenset({"martini", "coupe", "rocks", "highball", "pint", "snifter"})
# What the page's script copies for a new line of the tab.
BLANK_LINE = BillLine(0, "", "", 0, (), 0, "open", changeable=True)


@dataclass(frozen=True)
class Card:
    """A drink as the menu shows it."""

    drink: Drink
    glass: str
    strength: str
    contains: str

    @property
    def made_of(self) -> str:
        return ", ".join(part.name for part in self.drink.recipe)


def bar_context(visit: Visit) -> dict[str, Any]:
    menu = current_menu()
    return bill_context(visit) | {
        "menu": shelves(menu),
        "venue": menu.venue,
        "turns": turns_of(visit),
        "ears": whose_ears(),
        "parts": honest_words(visit),
        "keys_offered": seal.offered(),
        "own_keys": bool(keys_of(visit)),
        "blank_line": BLANK_LINE,
    }


def bill_context(visit: Visit) -> dict[str, Any]:
    bill = bill_of(visit)
    return {
        "visit": visit,
        "bill": bill,
        "tips": TIPS,
        "money": money_left(bill),
        "unsent": sum(line.quantity for line in bill.lines if line.status == "open"),
        "shared": bills_shared_by(visit.code),
        "page_id": secrets.token_hex(8),
    }


def zone_of(venue: Venue) -> ZoneInfo:
    """Where staff wrote a zone that does not exist, a receipt is still to be had."""
    try:
        return ZoneInfo(venue.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def turns_of(visit: Visit) -> Sequence[Turn]:
    """The conversation so far, oldest first. A visit that is only a code has none."""
    if visit._state.adding:
        return []
    return list(visit.turns.order_by("-id")[:MOST_TURNS])[::-1]


def money_left(bill: Bill) -> str:
    """How the balance looks: "", low or out. Real money has no balance."""
    if bill.balance_cents is None or bill.balance_cents >= LOW_CENTS:
        return ""
    return "low" if bill.balance_cents > 0 else "out"


def shelves(menu: Menu) -> list[tuple[str, list[Card]]]:
    grouped = groupby(menu.drinks, key=attrgetter("category"))
    return [(category, [_card(drink, menu) for drink in drinks]) for category, drinks in grouped]


def _card(drink: Drink, menu: Menu) -> Card:
    contains = [name for name, state in drink.allergens if state == "contains"]
    return Card(
        drink=drink,
        glass=drink.glass if drink.glass in GLASSES else "highball",
        strength=_strength(drink.grams, menu.standard_drink_grams),
        contains=", ".join(contains),
    )


def _strength(grams: Decimal, standard: int) -> str:
    if not grams:
        return "alcohol-free"
    return f"{(grams / standard).quantize(Decimal('0.1'))} standard drinks"
