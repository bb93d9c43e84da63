"""What differs least from a drink that there is none of, and in what it differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from bartender.errors import join_names
from bartender.menu.composition import CONTAINS, FREE, MAY_CONTAIN, Facts
from bartender.menu.drinks import Drink
from maya_site.core.money import format_money

MAX_OFFERS = 2


def closest_drinks(
    drinks: Iterable[Drink], drink: Drink, allergies: Sequence[str] = (), limit: int = MAX_OFFERS
) -> list[Drink]:
    """Available drinks, nearest first: of the same category, with most of the same ingredients, few other
    allergens, about the same strength and price. None with alcohol for one without, none of unknown strength,
    and none that is not known to be free of `allergies`."""
    others = [
        one
        for one in drinks
        if one.available
        and one.name != drink.name
        and one.ethanol_grams is not None
        and (drink.is_alcoholic or not one.is_alcoholic)
        and all(one.plain.allergen_state(name) == FREE for name in allergies)
    ]
    return sorted(others, key=lambda one: _distance(drink, one))[:limit]


def _distance(drink: Drink, other: Drink) -> tuple[bool, Decimal, int]:
    mine, theirs = ({pour.name for pour in one.recipe} for one in (drink, other))
    shared = Decimal(len(mine & theirs)) / max(len(mine | theirs), 1)
    moods = len(set(drink.preferences) & set(other.preferences))
    new_allergens = len(_harmful(other.allergens) - _harmful(drink.allergens))
    none = Decimal()
    stronger = abs((other.ethanol_grams or none) - (drink.ethanol_grams or none)) / 10
    dearer = Decimal(abs(other.price_cents - drink.price_cents)) / max(drink.price_cents, 1)
    distance = new_allergens + stronger + dearer - 2 * shared - Decimal(moods) / 2
    return other.category != drink.category, distance, other.id


def _harmful(allergens: Facts) -> set[str]:
    return {name for name, state in allergens if state in (CONTAINS, MAY_CONTAIN)}


def describe_offer(drink: Drink, standard_drink_grams: int) -> str:
    """Its price, strength and allergens, so that nobody agrees to another drink unawares."""
    grams = drink.ethanol_grams
    if grams is None:
        strength = _("strength not known")
    elif not grams:
        strength = _("alcohol-free")
    else:
        units = (grams / standard_drink_grams).quantize(Decimal("0.1"))
        strength = _("%(drinks)s standard drinks") % {"drinks": units}
    harmful = sorted(_harmful(drink.allergens))
    contains = _("contains %(names)s") % {"names": join_names(harmful)} if harmful else ""
    facts = [format_money(drink.price_cents), strength, contains]
    return f"{drink.name}: {', '.join(fact for fact in facts if fact)}."
