"""Who thinks for Maya. With no key it is the house brain."""

from collections.abc import Callable

from bartender.brains.base import Brain
from bartender.records.visits import Visit
from maya_site.lib.errors import Refused


def _house(visit: Visit) -> Brain:
    from bartender.brains.house.brain import HouseBrain

    return HouseBrain()


def _gemini(visit: Visit) -> Brain:
    raise Refused("The Gemini brain is not part of this release yet. Use --brain house.")


BRAINS: dict[str, Callable[[Visit], Brain]] = {"house": _house, "gemini": _gemini}


def configured() -> str:
    """Whose turn it is by the settings alone."""
    return "house"


def get_brain(visit: Visit, name: str = "") -> Brain:
    """Who answers this visit's next turn. Made for it alone, and light: no thread is needed."""
    return BRAINS[name or configured()](visit)
