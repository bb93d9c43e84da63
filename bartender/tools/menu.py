"""Tools that read the menu."""

from __future__ import annotations

from pydantic import Field

from bartender.facts.menu import DrinksRecommended, MenuRead, MenuRow
from bartender.menu.snapshot import Drink, current_menu
from bartender.safety.serving_rules import recommendable_drinks
from bartender.services import responsible_service
from bartender.tools.registry import Name, ToolArguments, ToolContext, tool

# Preferences that are answered from what is in the glass, not from the menu's tags.
ALCOHOL_FREE_PREFERENCES = ("sobering",)


def _menu_row(drink: Drink) -> MenuRow:
    return MenuRow(
        item=drink.name,
        category=drink.category,
        unit_cents=drink.price_cents,
        available=drink.available,
        modifiers=tuple(modifier.name for modifier in drink.modifiers if modifier.available),
    )


class GetMenu(ToolArguments):
    """Read the menu with prices, what is sold out, and what each drink comes with. Call it when
    the guest wants to be told what there is, so that the bar names the prices; you have the menu already."""

    category: Name | None = None


@tool("get_menu", permission="reads")
def get_menu(context: ToolContext, arguments: GetMenu) -> MenuRead:
    wanted = (arguments.category or "").lower()
    found = [drink for drink in current_menu().drinks if wanted in drink.category.lower()]
    return MenuRead(tuple(map(_menu_row, found)))


class GetRecommendation(ToolArguments):
    """Up to three drinks that fit what the guest is in the mood for. Call it when they ask what you would
    suggest. It leaves out what their allergies speak against, and alcohol where they are offered none. It
    adds nothing."""

    preference: Name | None = Field(
        default=None, description="fruity, classy, strong, burning, sobering, ..."
    )


@tool("get_recommendation", permission="reads")
def get_recommendation(context: ToolContext, arguments: GetRecommendation) -> DrinksRecommended:
    wanted = (arguments.preference or "").lower()
    visit = context.visit
    free = wanted in ALCOHOL_FREE_PREFERENCES
    offers = recommendable_drinks(
        current_menu().drinks,
        visit.allergies,
        exclude_alcohol=free or responsible_service.is_slowed_down(visit),
    )
    fitting = [drink for drink in offers if wanted in drink.preferences]
    fitting = fitting or [drink for drink in offers if "classy" in drink.preferences] or offers
    return DrinksRecommended(tuple(map(_menu_row, fitting[:3])))
