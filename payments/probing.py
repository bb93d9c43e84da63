"""Whether tills answer, asked once in a while: monitors look more often than a provider would like."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from maya_site.lib.errors import ProviderDown, ProviderError
from payments.providers import till

KEPT = 30.0


@dataclass
class Probes:
    """What each till said last, and until when it is believed. A failure is remembered as well."""

    seconds: float = KEPT
    known: dict[str, tuple[float, str | ProviderError]] = field(default_factory=dict)

    def ask(self, name: str) -> str:
        until, said = self.known.get(name, (0.0, ""))
        if time.monotonic() >= until:
            said = self._asked(name)
            self.known[name] = (time.monotonic() + self.seconds, said)
        if isinstance(said, ProviderError):
            raise ProviderDown(name, said.reason) from said
        return said

    def _asked(self, name: str) -> str | ProviderError:
        try:
            return till(name).probe()
        except ProviderError as trouble:
            return trouble


PROBES = Probes()


def probed(name: str) -> str:
    return PROBES.ask(name)
