"""Who thinks for Maya. With no key it is the house brain."""

from collections.abc import Callable
from functools import cache

from django.conf import settings

from bartender.brains.base import Brain
from bartender.brains.chain import Chain
from bartender.brains.gemini.clients import Access
from bartender.brains.gemini.house import Gemini, Manner
from bartender.brains.gemini.own import OWN
from bartender.brains.patience import Patience
from bartender.brains.settled import Settled
from bartender.keys.keeper import keys_of
from bartender.keys.seal import offered
from bartender.records.visits import Visit
from maya_site.lib.errors import Refused

NO_KEY = "There is no key for Gemini: set GEMINI_API_KEY or GOOGLE_CLOUD_PROJECT, or talk to --brain house."


@cache
def gemini() -> Gemini:
    """The house's own, made once in a process: it knows who is away."""
    access = Access(
        settings.GEMINI_API_KEY,
        "" if settings.GEMINI_API_KEY else settings.GOOGLE_CLOUD_PROJECT,
        settings.GOOGLE_CLOUD_LOCATION,
        settings.GEMINI_BASE_URL,
    )
    models = dict.fromkeys([settings.GEMINI_MODEL_VERSION, settings.GEMINI_FALLBACK_MODEL])
    manner = Manner(settings.TEMPERATURE, settings.MAX_OUTPUT_TOKENS)
    return Gemini(access, tuple(model for model in models if model), manner)


def house_brain(visit: Visit) -> Brain:
    from bartender.brains.house.brain import HouseBrain

    return HouseBrain()


def gemini_brain(visit: Visit) -> Brain:
    if not gemini().access.given:
        raise Refused(NO_KEY)
    return _thinking_with(gemini(), visit)


def _thinking_with(found: Gemini, visit: Visit) -> Brain:
    patience = Patience(found.deadlines)
    return Chain(found.links(patience), house_brain(visit), patience)


def _settled(visit: Visit) -> tuple[Brain, bool]:
    """A guest's own key comes before the house's. Where it fails the house brain takes over, at no cost."""
    key = keys_of(visit).get("gemini")
    if key:
        return _thinking_with(OWN.by(key, gemini()), visit), True
    return BRAINS[configured()](visit), False


BRAINS: dict[str, Callable[[Visit], Brain]] = {"house": house_brain, "gemini": gemini_brain}


def configured() -> str:
    """Whose turn it is by the settings alone."""
    return "gemini" if gemini().access.given else "house"


def warm() -> None:
    """Beside the start of the server: no guest waits for what is made once."""
    if gemini().access.given:
        gemini().warm()


def get_brain(visit: Visit, name: str = "") -> Brain:
    """Who answers this visit's next turn. Made for it alone, and light: no thread is needed."""
    if name or not offered():
        return BRAINS[name or configured()](visit)
    return Settled(configured(), lambda: _settled(visit))
