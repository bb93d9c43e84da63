"""A provider's models as brains: in which order they are asked, when they are retried, and which are failing.

No SDK is imported with this module, because get_brain runs on the event loop.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from django.utils import timezone

from bartender.brains.base import BrainOutput, TextChunk, TurnContext
from bartender.brains.circuit_breaker import CircuitBreaker
from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.fallback import FallbackCandidate
from bartender.brains.llm.config import GenerationSettings
from bartender.brains.llm.errors import FAILURES_WITH_RESPONSE, RETRYABLE_FAILURES
from bartender.costs.prices import is_free_model
from bartender.facts import ToolResult
from maya_site.core.errors import ProviderError
from maya_site.core.metrics import record_provider_failure, record_provider_success

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class ModelProvider(ABC):
    """The models of one provider, with a circuit breaker for each. `name`: the brain's, also in metrics."""

    name: str
    models: tuple[str, ...]
    generation_settings: GenerationSettings = field(default_factory=GenerationSettings)
    timeouts: LLMTimeouts = field(default_factory=LLMTimeouts)

    def __post_init__(self) -> None:
        self.circuit_breakers = {model: self._create_breaker(model) for model in self.models}

    def fallback_candidates(self, deadline: TurnDeadline) -> list[FallbackCandidate]:
        return [
            FallbackCandidate(
                self._create_brain(model, deadline), self.circuit_breakers[model], self.is_free(model)
            )
            for model in self.models
        ]

    def is_free(self, model: str) -> bool:
        """Whether the venue pays nothing for the model's tokens today, by the lists of prices."""
        return is_free_model(self.price_name(model), timezone.localdate())

    def price_name(self, model: str) -> str:
        """What the model is called in token usages and lists of prices."""
        return model

    def active_model(self) -> str:
        """The model that is asked first now; "" if all circuit breakers are open."""
        return next((model for model in self.models if self.circuit_breakers[model].is_closed), "")

    @abstractmethod
    def warm_up(self) -> None:
        """Makes what takes time to make on a thread, and does not wait for it."""

    @abstractmethod
    def probe_failure(self, model: str) -> str:
        """Asks over the network whether a model answers. Returns the kind of failure, or "". Blocks."""

    @abstractmethod
    def _create_brain(self, model: str, deadline: TurnDeadline) -> ModelBrain:
        """A brain for one turn."""

    def _create_breaker(self, model: str) -> CircuitBreaker:
        return CircuitBreaker(model, lambda: not self.probe_failure(model))


@dataclass(kw_only=True)
class ModelBrain(ABC):
    """One model for one turn. It is asked again if that may help and nothing was said yet."""

    name: str
    model: str
    deadline: TurnDeadline
    circuit_breaker: CircuitBreaker

    @abstractmethod
    def _stream_model(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncGenerator[BrainOutput, None]:
        """Asks once. Raises ProviderError."""

    async def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncGenerator[BrainOutput, None]:
        for tries in itertools.count(1):
            said = False
            try:
                async with aclosing(self._stream_model(context, rounds)) as pieces:
                    async for piece in pieces:
                        said = said or isinstance(piece, TextChunk)
                        yield piece
            except ProviderError as error:
                self._record_failure(error)
                pause = self._backoff_seconds(error, tries)
                if said or pause is None:
                    raise
                logger.info("%s, try %d: %s", self.model, tries, error)
            else:
                record_provider_success(self.name)
                self.circuit_breaker.record_success()
                return
            await asyncio.sleep(pause)

    def _record_failure(self, error: ProviderError) -> None:
        record_provider_failure(self.name, error.kind)
        if error.kind not in FAILURES_WITH_RESPONSE and not self.deadline.was_noticed_late:
            self.circuit_breaker.record_failure()

    def _backoff_seconds(self, error: ProviderError, attempts: int) -> float | None:
        """How long to wait before the next attempt; None if it cannot help, or not in time."""
        limits = self.deadline.timeouts
        if error.kind not in RETRYABLE_FAILURES or attempts > limits.max_retries:
            return None
        pause = limits.backoff_seconds * 2 ** (attempts - 1) * random.uniform(0.5, 1.5)
        pause = max(pause, error.retry_after or 0.0)
        return pause if self.deadline.remaining_seconds - pause >= limits.min_attempt_seconds else None
