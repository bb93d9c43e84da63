"""Chooses the speech-to-text engine: a vendor's if it has a key, else one on this machine, else none."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bartender.speech.stt.base import SpeechToText, STTProviderSpec
from maya_site.core.errors import ProviderError, ProviderRejected
from maya_site.core.metrics import PROVIDER_FAILURES
from maya_site.core.providers import configured_providers

logger = logging.getLogger(__name__)

COOLDOWN_SECONDS = 60.0
WRONG_KEY_COOLDOWN_SECONDS = 600.0


@dataclass
class STTRegistry:
    """The engines of one event loop, best first. Their connections and processes belong to that loop."""

    engines: list[SpeechToText] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    _cooldown_until: dict[str, float] = field(default_factory=dict)

    def best_available(self) -> SpeechToText | None:
        now = self.clock()
        return next((one for one in self.engines if self._cooldown_until.get(one.name, 0) <= now), None)

    def report_failure(self, engine: SpeechToText, error: ProviderError) -> None:
        """Puts the engine on cooldown for all streams of this loop, longer if it rejected the key."""
        wrong = isinstance(error, ProviderRejected)
        logger.warning("ears rest: %s", error)
        PROVIDER_FAILURES.labels(engine.name, "rejected" if wrong else "down").inc()
        self._cooldown_until[engine.name] = self.clock() + (
            WRONG_KEY_COOLDOWN_SECONDS if wrong else COOLDOWN_SECONDS
        )


def build_engines() -> list[SpeechToText]:
    return [spec.build() for spec in configured_providers(STTProviderSpec)]


def preferred_provider() -> STTProviderSpec | None:
    """The engine that is used when all of them work, to name it on pages."""
    return next(iter(configured_providers(STTProviderSpec)), None)


REGISTRIES: WeakKeyDictionary[asyncio.AbstractEventLoop, STTRegistry] = WeakKeyDictionary()


def get_stt_registry() -> STTRegistry:
    loop = asyncio.get_running_loop()
    if loop not in REGISTRIES:
        REGISTRIES[loop] = STTRegistry(build_engines())
    return REGISTRIES[loop]
