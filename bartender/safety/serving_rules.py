"""The rules of responsible service, in grams of ethanol. Pure: bartender/services/responsible_service.py
reads and writes.

Nothing here guesses how a guest is: it counts what was served, and asks a person if that is not enough. What
is in a glass, `bartender/menu/composition.py` says; what nobody stated of it is unknown, not zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bartender.menu.alcohol import ZERO_GRAMS, ServingLimits
from bartender.menu.composition import CONTAINS, FREE, MAY_CONTAIN
from bartender.menu.snapshot import Drink, MenuModifier


class ServingVerdict(StrEnum):
    SERVE = "serve"
    SERVE_WITH_WATER = "water"  # serve, and suggest water or food
    NEEDS_STAFF = "staff"  # a person decides
    ALCOHOL_FREE = "alcohol_free"
    NEEDS_AGE_CHECK = "ask_age"
    REFUSE = "refuse"


# What no person's approval of a drink lifts: it is said before anybody is asked for one.
FINAL_VERDICTS = frozenset(
    {ServingVerdict.REFUSE, ServingVerdict.NEEDS_AGE_CHECK, ServingVerdict.ALCOHOL_FREE}
)


@dataclass(frozen=True)
class AlcoholIntake:
    """What is known of a guest: what they ordered in the window, whoever was to drink it."""

    served_grams: Decimal = ZERO_GRAMS  # what went to the bar
    pending_grams: Decimal = ZERO_GRAMS  # what is on the tab and did not go there yet
    age_state: str = "unknown"  # unknown, declared, checked, refused
    # The total within the window that a person approved a short while ago; None: nobody did.
    approved_grams: Decimal | None = None
    has_unknown_strength: bool = False  # something of it has a strength that nobody knows


def decide_serving(
    intake: AlcoholIntake, requested_grams: Decimal | None, limits: ServingLimits
) -> ServingVerdict:
    """Whether `requested_grams` more grams may go on the tab; None is an unknown strength.

    What was served, what waits and what is asked for count together. Only a person's approval goes beyond the
    limit, and only as far as that person was asked, so that staff see a round for a table.
    """
    if requested_grams is not None and not requested_grams:
        return ServingVerdict.SERVE
    if intake.age_state == "refused":
        return ServingVerdict.REFUSE
    if intake.age_state == "unknown" and limits.age_check == "declared":
        return ServingVerdict.NEEDS_AGE_CHECK
    if intake.served_grams >= limits.limit_grams:
        return ServingVerdict.ALCOHOL_FREE
    after = intake.served_grams + intake.pending_grams + (requested_grams or ZERO_GRAMS)
    unknown = requested_grams is None or intake.has_unknown_strength
    if intake.approved_grams is None and (unknown or after > limits.staff_grams):
        return ServingVerdict.NEEDS_STAFF
    if intake.approved_grams is not None and after > max(limits.limit_grams, intake.approved_grams):
        return ServingVerdict.NEEDS_STAFF
    return ServingVerdict.SERVE_WITH_WATER if unknown or after >= limits.soft_grams else ServingVerdict.SERVE


def can_be_poured(age_state: str, grams: Decimal | None, limits: ServingLimits) -> bool:
    """Whether a drink may go out with its ticket: if the policy wants a person to see an ID, one has."""
    if grams is not None and not grams:
        return True
    return age_state != "refused" and (limits.age_check != "staff" or age_state == "checked")


@dataclass(frozen=True)
class AllergenWarning:
    """Why a drink is not for this guest: allergens that it has, and those of which nobody knows."""

    contains: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.contains or self.unknown)


def find_allergen_warning(
    drink: Drink, declared: Sequence[str], chosen: Sequence[MenuModifier] = ()
) -> AllergenWarning:
    """Checks everything in the glass. An allergen that no fact speaks of is unknown, never free."""
    glass = drink.made_with(chosen)
    states = {name: glass.allergen_state(name) for name in declared}
    contains = tuple(name for name, state in states.items() if state in (CONTAINS, MAY_CONTAIN))
    unknown = tuple(name for name, state in states.items() if name not in contains and state != FREE)
    return AllergenWarning(contains, unknown)


def recommendable_drinks(
    drinks: Iterable[Drink], declared: Sequence[str], *, exclude_alcohol: bool
) -> list[Drink]:
    """What Maya may suggest unasked: drinks that are safe with these allergies and of known strength, and
    with `exclude_alcohol` none that is alcoholic."""
    safe = safe_drinks(drinks, declared)
    return [
        drink
        for drink in safe
        if drink.ethanol_grams is not None and not (exclude_alcohol and drink.is_alcoholic)
    ]


def safe_drinks(drinks: Iterable[Drink], declared: Sequence[str]) -> list[Drink]:
    return [drink for drink in drinks if drink.available and not find_allergen_warning(drink, declared)]


def merge_allergens(declared: Sequence[str], more: Collection[str]) -> list[str]:
    """Declaring only adds: an allergen is removed by the guest's own hand or by a person behind the bar."""
    return sorted({*declared, *more})
