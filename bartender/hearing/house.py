"""Whose ears hear a guest: Cartesia's where there is a key, else those of this machine, else nobody's."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from django.conf import settings

from bartender.hearing.base import Ears
from bartender.hearing.cartesia import CartesiaEars
from bartender.hearing.moonshine import MoonshineEars, weights_here
from maya_site.lib.counters import PROVIDER_FAILURES
from maya_site.lib.errors import ProviderError, ProviderRejected

logger = logging.getLogger(__name__)

REST = 60.0
REST_OF_A_WRONG_KEY = 600.0


@dataclass
class House:
    """The ears of one event loop, best first: their lines and processes belong to it."""

    ears: list[Ears] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    _resting: dict[str, float] = field(default_factory=dict)

    def best(self) -> Ears | None:
        now = self.clock()
        return next((one for one in self.ears if self._resting.get(one.name, 0) <= now), None)

    def failed(self, ears: Ears, error: ProviderError) -> None:
        """Not asked again for a while, by nobody."""
        wrong = isinstance(error, ProviderRejected)
        logger.warning("ears rest: %s", error)
        PROVIDER_FAILURES.labels(ears.name, "rejected" if wrong else "down").inc()
        self._resting[ears.name] = self.clock() + (REST_OF_A_WRONG_KEY if wrong else REST)


def ears_there_are() -> list[Ears]:
    found: list[Ears] = []
    if settings.CARTESIA_API_KEY:
        found.append(
            CartesiaEars(settings.CARTESIA_API_KEY, settings.CARTESIA_STT_MODEL, settings.CARTESIA_BASE_URL)
        )
    if weights_here() and importlib.util.find_spec("onnxruntime"):
        found.append(MoonshineEars())
    return found


def whose_ears() -> Ears | None:
    """For people: who would hear a guest, were all well."""
    return next(iter(ears_there_are()), None)


HOUSES: WeakKeyDictionary[asyncio.AbstractEventLoop, House] = WeakKeyDictionary()


def house_here() -> House:
    loop = asyncio.get_running_loop()
    if loop not in HOUSES:
        HOUSES[loop] = House(ears_there_are())
    return HOUSES[loop]
