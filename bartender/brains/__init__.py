"""Who thinks for Maya. With no key it is the house brain."""

from collections.abc import Callable
from functools import lru_cache

from bartender.brains.base import Brain
from maya_site.lib.errors import Refused


def _house() -> Brain:
    from bartender.brains.house.brain import HouseBrain

    return HouseBrain()


def _gemini() -> Brain:
    raise Refused("The Gemini brain is not part of this release yet. Use --brain house.")


BRAINS: dict[str, Callable[[], Brain]] = {"house": _house, "gemini": _gemini}


@lru_cache(maxsize=4)
def brain_named(name: str | None = None) -> Brain:
    """Made once in a process, and not before it is needed."""
    return BRAINS[name or "house"]()


def get_brain() -> Brain:
    return brain_named(None)
