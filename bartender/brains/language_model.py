"""What the bar asks of whoever reaches a vendor's language models. Its brains answer turns; this is who makes
them, knows which model is away, and tries a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.fallback import FallbackCandidate
from maya_site.core.providers import ProviderKind, ProviderSpec


@runtime_checkable
class LanguageModelProvider(Protocol):
    """One object in a process for the venue's settings. It imports no SDK: brains are made on the loop."""

    models: tuple[str, ...]
    timeouts: LLMTimeouts

    def fallback_candidates(self, deadline: TurnDeadline) -> Sequence[FallbackCandidate]:
        """One brain for each model, for one turn, in the order in which they are asked."""

    def active_model(self) -> str:
        """The model that is asked first at this moment; "" where all of them are left alone."""

    def warm_up(self) -> None:
        """Beside the start of the server, without waiting: what takes time to make is made."""

    def probe_failure(self, model: str) -> str:
        """What keeps a model from answering, asked over the network, as a kind of failure; "" where it
        answers. Blocks."""


@dataclass(frozen=True, kw_only=True)
class LanguageModelSpec(ProviderSpec[LanguageModelProvider]):
    """`name` is the brain's name in rows, metrics and `--brain`; `model_settings` are those that name
    models."""

    kind = ProviderKind.LANGUAGE_MODEL
    protocol = LanguageModelProvider

    model_settings: tuple[str, ...] = ()
