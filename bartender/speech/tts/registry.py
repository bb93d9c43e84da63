"""Chooses the voices for a visit, and keeps the engines of each event loop."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from bartender.models.visits import Visit
from bartender.services.own_keys.encryption import OwnKeys
from bartender.speech.tts.base import TextToSpeech, TTSEngine, TTSProviderSpec
from bartender.speech.tts.fallback import FallbackTTS
from maya_site.core.providers import configured_providers, providers

MAX_KEYS = 16
AUTOMATIC = "auto"


@dataclass
class TTSRegistry:
    """The engines of one event loop. Their connections and processes belong to that loop."""

    engines: dict[str, TTSEngine] = field(default_factory=dict)  # by provider name, with the venue's keys
    own_key_engines: dict[str, TTSEngine] = field(default_factory=dict)  # by provider and hash of the key

    def engine(self, spec: TTSProviderSpec) -> TTSEngine:
        if spec.name not in self.engines:
            self.engines[spec.name] = spec.build()
        return self.engines[spec.name]

    @sensitive_variables()
    def engine_with_own_key(self, spec: TTSProviderSpec, key: str) -> TTSEngine:
        """The engine for a guest's key, separate from the venue's even for an equal key, since the guest
        pays.

        Above `MAX_KEYS` the least recently used one is retired; its current replies are spoken to the end.
        """
        assert spec.own_key is not None
        name = f"{spec.name} {hashlib.sha256(key.encode()).hexdigest()}"
        engine = self.own_key_engines.pop(name, None) or spec.own_key.build(key)
        self.own_key_engines[name] = engine
        if len(self.own_key_engines) > MAX_KEYS:
            self.own_key_engines.pop(next(iter(self.own_key_engines))).retire()
        return engine

    async def close(self) -> None:
        for engine in [*self.engines.values(), *self.own_key_engines.values()]:
            await engine.close()
        self.engines.clear()
        self.own_key_engines.clear()
        await asyncio.sleep(0.01)  # lets the loop close the workers' pipes


REGISTRIES: WeakKeyDictionary[asyncio.AbstractEventLoop, TTSRegistry] = WeakKeyDictionary()


def get_tts_registry() -> TTSRegistry:
    loop = asyncio.get_running_loop()
    if loop not in REGISTRIES:
        REGISTRIES[loop] = TTSRegistry()
    return REGISTRIES[loop]


def allowed_voices() -> list[TTSProviderSpec]:
    """The voices that may speak here, best first: the chosen one, if any, and then those of this machine."""
    found = configured_providers(TTSProviderSpec)
    if settings.TTS_PROVIDER == AUTOMATIC:
        return found
    chosen = [spec for spec in found if spec.name == settings.TTS_PROVIDER]
    return [*chosen, *(spec for spec in found if spec.is_stand_in and spec not in chosen)]


def vendor_voice() -> TTSProviderSpec | None:
    """The first configured voice that is not on this machine."""
    return next((spec for spec in allowed_voices() if not spec.is_stand_in), None)


def local_voices() -> list[TTSProviderSpec]:
    return [spec for spec in allowed_voices() if spec.is_stand_in]


def local_voice_names() -> str:
    """The names of this machine's voices, for people; "" if there are none."""
    first, *rest = [spec.short_name or spec.display_name for spec in local_voices()] or [""]
    slower = (_("%(name)s where that is too slow") % {"name": name} for name in rest)
    return ", ".join([first, *slower])


def own_voice(own_keys: OwnKeys) -> TTSProviderSpec | None:
    """The provider for which the guest brought a key."""
    return next((spec for spec in providers(TTSProviderSpec) if spec.own_key and spec.name in own_keys), None)


def is_cooling_down(spec: TTSProviderSpec) -> bool:
    """Whether the venue's engine of this provider is on cooldown in this process."""
    engines = (registry.engines.get(spec.name) for registry in list(REGISTRIES.values()))
    return any(engine is not None and engine.is_cooling_down for engine in engines)


@sensitive_variables()
def tts_for_visit(visit: Visit, own_keys: OwnKeys | None = None) -> TextToSpeech | None:
    """The voices for a visit, best first; None if there are none.

    After the budget is used up only this machine's voices are used. The same holds if a guest's own key
    fails, so that the venue does not pay instead.
    """
    engines = list(_engines_for(visit, own_keys or OwnKeys()))
    return FallbackTTS(engines) if engines else None


@sensitive_variables()
def _engines_for(visit: Visit, own_keys: OwnKeys) -> Iterator[TTSEngine]:
    registry = get_tts_registry()
    if own := own_voice(own_keys):
        yield registry.engine_with_own_key(own, own_keys[own.name])
    for spec in allowed_voices():
        may_cost = spec.is_stand_in or (own is None and visit.budget_level != "house")
        if may_cost and spec.speaks(visit.language):
            yield registry.engine(spec)
