"""Gemini by a guest's own key, with its own client and circuit breakers.

A process keeps MAX_PROVIDERS of them, by a digest of the key; the one that was used longest ago is closed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from django.views.decorators.debug import sensitive_variables

from bartender.brains.gemini.brain import GeminiProvider
from bartender.brains.gemini.clients import ClientPool
from bartender.brains.gemini.config import GeminiCredentials

MAX_PROVIDERS = 16


@dataclass
class OwnKeyProviders:
    _providers: OrderedDict[str, GeminiProvider] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get_provider(self, key: str, venue_provider: GeminiProvider) -> GeminiProvider:
        """The provider for this key, with the venue's settings. Its client is made at the first request."""
        name = hashlib.sha256(key.encode()).hexdigest()
        with self._lock:
            found = self._providers.get(name) or self._providers.setdefault(
                name, provider_with_key(key, venue_provider)
            )
            self._providers.move_to_end(name)
            gone = [
                self._providers.popitem(last=False)[1] for _ in range(len(self._providers) - MAX_PROVIDERS)
            ]
        for one in gone:
            one.client_pool.close()
        return found

    def __len__(self) -> int:
        return len(self._providers)


OWN_KEY_PROVIDERS = OwnKeyProviders()


def provider_with_key(key: str, venue_provider: GeminiProvider) -> GeminiProvider:
    access = GeminiCredentials(key, base_url=venue_provider.credentials.base_url)
    return replace(
        venue_provider, credentials=access, client_pool=ClientPool(venue_provider.timeouts.connect_seconds)
    )


@sensitive_variables()
def probe_key_failure(key: str, venue_provider: GeminiProvider, timeout_seconds: float) -> str:
    """Asks over the network whether the key works. Returns the kind of failure, or "". Blocks."""
    provider = provider_with_key(key, venue_provider)
    provider.timeouts = replace(provider.timeouts, probe_seconds=timeout_seconds)
    try:
        return provider.probe_failure(venue_provider.models[0])
    finally:
        provider.client_pool.close()
