"""What agents may read without asking for anything: the menu, and facts of the bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bartender.menu.snapshot import current_menu
from bartender.models.menu import Venue
from bartender.services.agent_menu import describe_menu
from rag.search import list_published_passages

MAX_PASSAGES = 60


@dataclass(frozen=True)
class AgentResource:
    uri: str
    name: str
    description: str
    read: Callable[[], dict[str, Any]]


def _read_menu() -> dict[str, Any]:
    menu = current_menu()
    return {"venue": menu.venue, "drinks": describe_menu()}


def _read_venue() -> dict[str, Any]:
    venue, limits = Venue.current(), current_menu().current_limits()
    return {
        "venue": venue.name,
        "spoken_name": venue.spoken_name,
        "timezone": venue.timezone,
        "currency": venue.currency,
        "standard_drink_grams_of_ethanol": venue.standard_drink_grams,
        "legal_age_for_alcohol": limits.legal_age,
        "at_most_of_one_drink": venue.line_cap,
        "at_most_drinks_on_a_tab": venue.unit_cap,
        "passages": [
            {"title": passage.title, "text": passage.text, "source": passage.source}
            for passage in list_published_passages(MAX_PASSAGES)
        ],
    }


RESOURCES = {
    resource.uri: resource
    for resource in (
        AgentResource(
            "maya://menu",
            "menu",
            "All drinks with prices, allergens, strength and what is sold out.",
            _read_menu,
        ),
        AgentResource(
            "maya://house",
            "house",
            "Facts of this bar: its name, limits, legal age, and what it says of itself.",
            _read_venue,
        ),
    )
}
