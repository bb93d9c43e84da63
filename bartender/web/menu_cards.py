"""Drinks as the pages show them: guests' menu, and the display's page of a tab."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bartender.errors import join_names
from bartender.menu.snapshot import Drink, Menu
from bartender.safety.serving_rules import find_allergen_warning

WORD_PATTERN = re.compile(r"[^\W_]+")
GLASS_ICONS = frozenset({"martini", "coupe", "rocks", "highball", "pint", "snifter"})
STRENGTH_LABELS = {
    "free": gettext_lazy("Without alcohol"),
    "light": gettext_lazy("Light"),
    "medium": gettext_lazy("Medium"),
    "strong": gettext_lazy("Strong"),
}
MAX_LIGHT_STANDARD_DRINKS, MIN_STRONG_STANDARD_DRINKS = Decimal("1.1"), Decimal("1.4")  # standard drinks


@dataclass(frozen=True)
class MenuCard:
    """A drink as the menu page shows it."""

    drink: Drink
    glass: str
    strength: str
    contains: str
    measure: str  # free, light, medium, strong or unknown
    doubt: str  # why it is not for this guest, by their allergies
    choices: str  # drinks and spirits that it may be made with
    hidden: bool  # not what the guest looks for

    @property
    def free_of(self) -> str:
        return " ".join(name for name, state in self.drink.allergens if state == "free")

    @cached_property
    def words(self) -> str:
        """What a search looks at: words in lower case, with one space before each."""
        drink = self.drink
        texts = [drink.name, *drink.aliases, drink.description, self.made_of, self.choices, drink.category]
        return "".join(f" {word}" for word in search_words(" ".join(texts)))

    @property
    def made_of(self) -> str:
        return ", ".join(part.name for part in self.drink.recipe)


@dataclass(frozen=True)
class MenuSearch:
    """The guest's filter of the menu; empty fields match everything."""

    text: str = ""
    measures: frozenset[str] = frozenset()
    safe: bool = False  # only what is known to be free of what they must not have

    @classmethod
    def from_query(cls, query: QueryDict) -> MenuSearch:
        measures = frozenset(name for name in STRENGTH_LABELS if query.get(name))
        return cls(query.get("find", "").strip().lower()[:60], measures, bool(query.get("safe")))

    def matches(self, card: MenuCard, doubt: str) -> bool:
        """`doubt`: why the card is not for this guest, "" where it is."""
        fits = not self.measures or card.measure in self.measures
        return fits and all(f" {word}" in card.words for word in self.words) and not (self.safe and doubt)

    @cached_property
    def words(self) -> list[str]:
        return search_words(self.text)


def search_words(text: str) -> list[str]:
    """As `static/js/menu.js` reads what a guest is looking for: each is the beginning of a word."""
    return WORD_PATTERN.findall(text.lower())


def menu_sections(
    menu: Menu, allergies: Sequence[str], search: MenuSearch
) -> list[tuple[str, list[MenuCard], bool]]:
    """(category, cards, whether any card matches the search), in the menu's order."""
    found = []
    for category, drinks in groupby(menu.drinks, key=attrgetter("category")):
        cards = [_menu_card(drink, menu, allergies, search) for drink in drinks]
        found.append((category, cards, any(not card.hidden for card in cards)))
    return found


def _menu_card(drink: Drink, menu: Menu, allergies: Sequence[str], search: MenuSearch) -> MenuCard:
    contains = [name for name, state in drink.allergens if state == "contains"]
    card = MenuCard(
        drink=drink,
        glass=drink.glass if drink.glass in GLASS_ICONS else "highball",
        strength=_strength_text(drink.ethanol_grams, menu.standard_drink_grams),
        contains=", ".join(contains),
        measure=_strength_category(drink.ethanol_grams, menu.standard_drink_grams),
        doubt=allergen_warning(drink, allergies),
        choices=" ".join(_drinkable_modifiers(drink, menu)),
        hidden=False,
    )
    return card if search.matches(card, card.doubt) else replace(card, hidden=True)


def _drinkable_modifiers(drink: Drink, menu: Menu) -> Iterator[str]:
    """ "gin" finds the Martini that may be made with it, "ice" nothing."""
    for modifier in drink.modifiers:
        adds = modifier.change.adds
        if (adds and adds.abv_percent) or modifier.name.lower() in menu.drinks_by_name:
            yield from (modifier.name, adds.name if adds else "")


def allergen_warning(drink: Drink, allergies: Sequence[str]) -> str:
    found = find_allergen_warning(drink, allergies)
    if found.contains:
        return _("contains %(names)s") % {"names": join_names(found.contains)}
    free = _("not known to be free of %(names)s") % {"names": join_names(found.unknown, "or")}
    return free if found.unknown else ""


def _strength_category(grams: Decimal | None, standard: int) -> str:
    if grams is None:
        return "unknown"
    if not grams:
        return "free"
    drinks = grams / standard
    return (
        "light"
        if drinks <= MAX_LIGHT_STANDARD_DRINKS
        else "strong"
        if drinks >= MIN_STRONG_STANDARD_DRINKS
        else "medium"
    )


def _strength_text(grams: Decimal | None, standard: int) -> str:
    if grams is None:
        return _("strength not known")
    if not grams:
        return _("alcohol-free")
    return _("%(drinks)s standard drinks") % {"drinks": (grams / standard).quantize(Decimal("0.1"))}
