"""What the guest's pages show, gathered by reading alone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bartender.errors import listed
from bartender.hearing.house import whose_ears
from bartender.honest import honest_words
from bartender.keys import seal
from bartender.keys.keeper import keys_of
from bartender.menu.snapshot import Drink, Menu, current_menu
from bartender.page_words import words_for_scripts
from bartender.records.visits import Turn, Visit
from bartender.services.bills import Bill, BillLine, bill_of
from bartender.services.sharing import bills_shared_by
from bartender.serving.declared import NAMES
from bartender.serving.rules import doubt

TIPS = (10, 15, 20)
LOW_CENTS = 50_00
MOST_TURNS = 60
GLASSES = frozenset({"martini", "coupe", "rocks", "highball", "pint", "snifter"})
MEASURES = {
    "free": gettext_lazy("Without alcohol"),
    "light": gettext_lazy("Light"),
    "medium": gettext_lazy("Medium"),
    "strong": gettext_lazy("Strong"),
}
LIGHT, STRONG = Decimal("1.1"), Decimal("1.4")  # standard drinks
# What the page's script copies for a new line of the tab.
BLANK_LINE = BillLine(0, "", "", 0, (), 0, "open", changeable=True)


@dataclass(frozen=True)
class Card:
    """A drink as the menu shows it."""

    drink: Drink
    glass: str
    strength: str
    contains: str
    measure: str  # free, light, medium or strong
    doubt: str  # why it is not for this guest, by their allergies
    hidden: bool  # not what the guest looks for

    @property
    def free_of(self) -> str:
        return " ".join(name for name, state in self.drink.allergens if state == "free")

    @property
    def words(self) -> str:
        """What a search for it may say."""
        return " ".join([self.drink.name, *self.drink.aliases, self.made_of, self.drink.category]).lower()

    @property
    def made_of(self) -> str:
        return ", ".join(part.name for part in self.drink.recipe)


@dataclass(frozen=True)
class Search:
    """What a guest looks for on the menu. Nothing asked for is everything."""

    words: str = ""
    measures: frozenset[str] = frozenset()
    safe: bool = False  # only what is known to be free of what they must not have

    @classmethod
    def of(cls, asked: QueryDict) -> Search:
        measures = frozenset(name for name in MEASURES if asked.get(name))
        return cls(asked.get("find", "").strip().lower()[:60], measures, bool(asked.get("safe")))

    def finds(self, card: Card) -> bool:
        fits = not self.measures or card.measure in self.measures
        return (
            fits and all(word in card.words for word in self.words.split()) and not (self.safe and card.doubt)
        )


def bar_context(visit: Visit, search: Search | None = None) -> dict[str, Any]:
    menu, search = current_menu(), search or Search()
    limits = menu.limits_now()
    return bill_context(visit) | {
        "menu": shelves(menu, visit.allergies, search),
        "search": search,
        "measures": MEASURES,
        "allergens": NAMES,
        "legal_age": limits.legal_age,
        "asks_age": limits.age_check == "declared" and visit.age_state == "unknown",
        "venue": menu.venue,
        "turns": turns_of(visit),
        "ears": whose_ears(),
        "parts": honest_words(visit),
        "keys_offered": seal.offered(),
        "own_keys": bool(keys_of(visit)),
        "blank_line": BLANK_LINE,
        "words": words_for_scripts(),
    }


def bill_context(visit: Visit) -> dict[str, Any]:
    bill = bill_of(visit)
    return {
        "visit": visit,
        "bill": bill,
        "tips": TIPS,
        "money": money_left(bill),
        "unsent": sum(
            line.quantity for line in bill.lines if line.status == "open" or line.held_until is not None
        ),
        "shared": bills_shared_by(visit.code),
        "page_id": secrets.token_hex(8),
    }


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


def shelves(menu: Menu, allergies: Sequence[str], search: Search) -> list[tuple[str, list[Card], bool]]:
    """Each category with its drinks, and whether any of them is what the guest looks for."""
    found = []
    for category, drinks in groupby(menu.drinks, key=attrgetter("category")):
        cards = [_card(drink, menu, allergies, search) for drink in drinks]
        found.append((category, cards, any(not card.hidden for card in cards)))
    return found


def _card(drink: Drink, menu: Menu, allergies: Sequence[str], search: Search) -> Card:
    contains = [name for name, state in drink.allergens if state == "contains"]
    card = Card(
        drink=drink,
        glass=drink.glass if drink.glass in GLASSES else "highball",
        strength=_strength(drink.grams, menu.standard_drink_grams),
        contains=", ".join(contains),
        measure=_measure(drink.grams, menu.standard_drink_grams),
        doubt=_doubt(drink, allergies),
        hidden=False,
    )
    return card if search.finds(card) else replace(card, hidden=True)


def _doubt(drink: Drink, allergies: Sequence[str]) -> str:
    found = doubt(drink, allergies)
    if found.contains:
        return _("contains %(names)s") % {"names": listed(found.contains)}
    free = _("not known to be free of %(names)s") % {"names": listed(found.unknown, "or")}
    return free if found.unknown else ""


def _measure(grams: Decimal, standard: int) -> str:
    if not grams:
        return "free"
    drinks = grams / standard
    return "light" if drinks <= LIGHT else "strong" if drinks >= STRONG else "medium"


def _strength(grams: Decimal, standard: int) -> str:
    if not grams:
        return _("alcohol-free")
    return _("%(drinks)s standard drinks") % {"drinks": (grams / standard).quantize(Decimal("0.1"))}
