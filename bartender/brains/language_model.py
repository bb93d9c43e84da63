"""What a provider of language models must offer. It makes the brains that answer turns, knows which models
are failing, and checks keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.fallback import FallbackCandidate
from maya_site.core.providers import ProviderKind, ProviderSpec


@runtime_checkable
class LanguageModelProvider(Protocol):
    """One in a process for the venue's settings. Must import no SDK: brains are made on the event loop."""

    models: tuple[str, ...]
    timeouts: LLMTimeouts

    def fallback_candidates(self, deadline: TurnDeadline) -> Sequence[FallbackCandidate]:
        """One brain for each model, for one turn, in the order in which they are asked."""

    def active_model(self) -> str:
        """The model that is asked first now; "" if all circuit breakers are open."""

    def is_free(self, model: str) -> bool:
        """Whether the venue pays nothing for it."""

    def warm_up(self) -> None:
        """Makes what takes time to make, beside the start of the server, and does not wait for it."""

    def probe_failure(self, model: str) -> str:
        """Asks over the network whether a model answers. Returns the kind of failure, or "". Blocks."""


@dataclass(frozen=True, kw_only=True)
class LanguageModelSpec(ProviderSpec[LanguageModelProvider]):
    """`name`: the brain's name in rows, metrics and `--brain`; `model_settings`: settings that name
    models."""

    kind = ProviderKind.LANGUAGE_MODEL
    protocol = LanguageModelProvider

    model_settings: tuple[str, ...] = ()
