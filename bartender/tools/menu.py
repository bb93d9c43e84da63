"""Tools that read the menu."""

from bartender.menu.snapshot import Drink, current_menu
from bartender.services import serving
from bartender.serving.rules import offered
from bartender.tools.order import done
from bartender.tools.registry import Done, Guest, tool
from bartender.tools.schemas import GetMenu, GetRecommendation


def _row(drink: Drink) -> dict[str, object]:
    return {
        "item": drink.name,
        "category": drink.category,
        "unit_cents": drink.price_cents,
        "available": drink.available,
        "modifiers": [modifier.name for modifier in drink.modifiers],
    }


@tool("get_menu", GetMenu)
def get_menu(guest: Guest, asked: GetMenu) -> Done:
    wanted = (asked.category or "").lower()
    rows = [_row(drink) for drink in current_menu().drinks if wanted in drink.category.lower()]
    return done("menu", items=rows)


@tool("get_recommendation", GetRecommendation)
def get_recommendation(guest: Guest, asked: GetRecommendation) -> Done:
    wanted = (asked.preference or "").lower()
    visit = guest.visit
    offers = offered(current_menu().drinks, visit.allergies, eased=serving.eased(visit))
    fitting = [drink for drink in offers if wanted in drink.preferences]
    fitting = fitting or [drink for drink in offers if "classy" in drink.preferences] or offers
    return done("recommended", items=[_row(drink) for drink in fitting[:3]])
