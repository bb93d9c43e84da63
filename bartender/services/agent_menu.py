"""The menu as a guest's agent reads it: with allergens, strength, and what this guest can have now."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bartender.errors import join_names
from bartender.menu.alcohol import ServingLimits
from bartender.menu.snapshot import Drink, Menu, MenuModifier, current_menu
from bartender.models.agents import AgentPairing
from bartender.models.visits import Visit
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.safety.serving_rules import (
    AlcoholIntake,
    ServingVerdict,
    decide_serving,
    find_allergen_warning,
)
from bartender.services.agent_pairings import AgentSpending, spending_of
from bartender.services.responsible_service import alcohol_intake
from maya_site.core.money import format_money

MAX_ROWS = 60
_WORD = re.compile(r"[^\W_]+")
SERVED_VERDICTS = (ServingVerdict.SERVE, ServingVerdict.SERVE_WITH_WATER)


@dataclass(frozen=True)
class MenuFilter:
    """What an agent looks for; empty fields match everything."""

    text: str = ""
    category: str = ""
    alcohol_free: bool = False
    free_of: Collection[str] = ()  # allergens that must be known to be absent
    possible_only: bool = True


@dataclass(frozen=True)
class _Standing:
    """What decides, beside the drink itself, whether the guest's agent can order it now."""

    visit: Visit
    intake: AlcoholIntake
    limits: ServingLimits
    pairing: AgentPairing
    spent: AgentSpending
    standard_grams: int


def menu_for_agent(pairing: AgentPairing, wanted: MenuFilter) -> list[dict[str, Any]]:
    """At most MAX_ROWS drinks in the menu's order, as JSON values. Three queries, however long the menu
    is."""
    menu = current_menu()
    limits = menu.current_limits()
    standing = _Standing(
        pairing.visit,
        alcohol_intake(pairing.visit, limits),
        limits,
        pairing,
        spending_of(pairing),
        menu.standard_drink_grams,
    )
    rows = [
        _menu_row(drink, menu, _obstacle(drink, standing)) for drink in menu.drinks if _fits(drink, wanted)
    ]
    return [row for row in rows if row["possible_now"] or not wanted.possible_only][:MAX_ROWS]


def describe_menu() -> list[dict[str, Any]]:
    """The whole menu, for any guest: what is sold out is not possible now."""
    menu = current_menu()
    return [_menu_row(drink, menu, "" if drink.available else "sold out tonight") for drink in menu.drinks][
        :MAX_ROWS
    ]


def _fits(drink: Drink, wanted: MenuFilter) -> bool:
    about = " ".join(
        [drink.name, *drink.aliases, drink.description, drink.category, *(part.name for part in drink.recipe)]
    ).lower()
    words = _WORD.findall(about)
    return (
        all(any(word.startswith(part) for word in words) for part in _WORD.findall(wanted.text.lower()))
        and wanted.category.lower() in drink.category.lower()
        and not (wanted.alcohol_free and drink.is_alcoholic)
        and all(dict(drink.allergens).get(name) == "free" for name in wanted.free_of)
    )


def _obstacle(drink: Drink, standing: _Standing) -> str:
    """Why the guest cannot have one through an agent now; "" if they can. The order itself decides."""
    if not drink.available:
        return "sold out tonight"
    if found := find_allergen_warning(drink, standing.visit.allergies):
        if found.contains:
            return f"not for this guest: it has, or may have, {join_names(found.contains)}"
        return f"not for this guest: not known to be free of {join_names(found.unknown, 'or')}"
    if why := _alcohol_obstacle(drink, standing):
        return why
    left = standing.pairing.cents_allowed - standing.spent.cents
    return (
        f"dearer than what the guest allowed: {format_money(max(left, 0))} left"
        if drink.price_cents > left
        else ""
    )


def _alcohol_obstacle(drink: Drink, standing: _Standing) -> str:
    if not drink.is_alcoholic:
        return ""
    if drink.ethanol_grams is None:
        return "nobody knows how strong it is: only a person can say yes to it"
    if standing.visit.cautions:
        return "the guest said something that leaves alcohol to a person"
    verdict = decide_serving(
        replace(standing.intake, approved_grams=None), drink.ethanol_grams, standing.limits
    )
    if verdict not in SERVED_VERDICTS:
        return "alcohol needs the guest's own word, or a person's, at the moment"
    after = standing.spent.grams + drink.ethanol_grams
    if after > standing.pairing.drinks_allowed * standing.standard_grams:
        return "more alcohol than the guest allowed you"
    return ""


def _menu_row(drink: Drink, menu: Menu, obstacle: str) -> dict[str, Any]:
    known = dict(drink.allergens)
    return {
        "item": drink.name,
        "category": drink.category,
        "description": drink.description,
        "price_minor_units": drink.price_cents,
        "price": format_money(drink.price_cents),
        **_reduction(drink),
        "choices": [
            {
                "group": group.name,
                "required": group.min > 0 and not group.default,
                "at_most": group.max,
                "modifiers": [_modifier(one) for one in group.modifiers],
            }
            for group in drink.groups
        ],
        "allergens": {
            **{
                state: sorted(name for name, found in known.items() if found == state)
                for state in ("contains", "may_contain", "free")
            },
            "unknown": sorted(name for name in ALLERGEN_NAMES if known.get(name, "unknown") == "unknown"),
        },
        "standard_drinks": _standard_drinks(drink.ethanol_grams, menu.standard_drink_grams),
        "possible_now": not obstacle,
        "why_not": obstacle,
    }


def _reduction(drink: Drink) -> dict[str, Any]:
    if drink.reduction is None:
        return {}
    until = drink.reduction.until
    return {
        "price_rule": drink.reduction.rule,
        "price_until": until.isoformat() if until else None,
        "price_without_rule": format_money(drink.list_cents),
    }


def _modifier(modifier: MenuModifier) -> dict[str, Any]:
    extra = {"costs_extra": format_money(modifier.price_cents)} if modifier.price_cents else {}
    return {"name": modifier.name, **extra}


def _standard_drinks(grams: Decimal | None, standard: int) -> float | None:
    """None: nobody knows; it is not 0."""
    return None if grams is None else float(round(grams / standard, 2))


def unknown_allergens(names: Sequence[str]) -> list[str]:
    """Those of the names that are no allergens of ours."""
    return [name for name in names if name not in ALLERGEN_NAMES]
