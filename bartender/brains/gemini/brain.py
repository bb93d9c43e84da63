"""Gemini's models as brains: in which order they are asked, when they are retried, and which are failing.

A process has one GeminiProvider for the venue's own key. No SDK is imported with this module, because
get_brain runs on the event loop.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from bartender.brains.base import BrainOutput, TextChunk, TurnContext
from bartender.brains.circuit_breaker import CircuitBreaker
from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.fallback import FallbackCandidate
from bartender.brains.gemini.clients import ClientPool
from bartender.brains.gemini.config import GeminiCredentials, GenerationSettings
from bartender.facts import ToolResult
from maya_site.core.errors import ProviderError
from maya_site.core.metrics import record_provider_failure, record_provider_success

logger = logging.getLogger(__name__)

PROVIDER_NAME = "gemini"
# A retry may help, as long as nothing was said.
RETRYABLE_FAILURES = {
    "quota",
    "upstream",
    "network",
    "protocol",
    "truncated",
    "empty",
    "bad_call",
    "unfamiliar",
}
# The model answered, so these do not count against its circuit breaker.
FAILURES_WITH_RESPONSE = {"blocked", "too_long", "empty", "bad_call", "unfamiliar"}


@dataclass
class GeminiProvider:
    """Gemini by one key, with a circuit breaker for each model."""

    credentials: GeminiCredentials
    models: tuple[str, ...]
    generation_settings: GenerationSettings = field(default_factory=GenerationSettings)
    timeouts: LLMTimeouts = field(default_factory=LLMTimeouts)
    client_pool: ClientPool = field(default_factory=lambda: ClientPool(LLMTimeouts.connect_seconds))

    def __post_init__(self) -> None:
        self.circuit_breakers = {model: self._create_breaker(model) for model in self.models}

    def fallback_candidates(self, deadline: TurnDeadline) -> list[FallbackCandidate]:
        return [
            FallbackCandidate(GeminiModelBrain(self, model, deadline), self.circuit_breakers[model])
            for model in self.models
        ]

    def active_model(self) -> str:
        """The model that is asked first now; "" if all circuit breakers are open."""
        return next((model for model in self.models if self.circuit_breakers[model].is_closed), "")

    def warm_up(self) -> None:
        """Makes the client on a thread, so that the first guest waits for no import and no certificates."""
        threading.Thread(
            target=self.client_pool.get_or_create, args=[self.credentials], name="warm-gemini", daemon=True
        ).start()

    def probe_failure(self, model: str) -> str:
        """Asks over the network whether a model answers. Returns the kind of failure, or "". Blocks."""
        client = self.client_pool.get_or_create(self.credentials)
        from bartender.brains.gemini.probe import probe_model

        return probe_model(client, model, self.timeouts.probe_seconds)

    def _create_breaker(self, model: str) -> CircuitBreaker:
        return CircuitBreaker(model, lambda: not self.probe_failure(model))


@dataclass
class GeminiModelBrain:
    """One model for one turn. It is asked again if that may help and nothing was said yet."""

    provider: GeminiProvider
    model: str
    deadline: TurnDeadline
    name: str = PROVIDER_NAME
    own_contents: dict[int, dict[str, Any]] = field(default_factory=dict)

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
                record_provider_success(PROVIDER_NAME)
                self.provider.circuit_breakers[self.model].record_success()
                return
            await asyncio.sleep(pause)

    async def _stream_model(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncGenerator[BrainOutput, None]:
        clients, access = self.provider.client_pool, self.provider.credentials
        if not (client := clients.get_cached(access)):
            client = await clients.get(access)
            self.deadline.start_round()  # to make the client took time, which was not Gemini's
        from bartender.brains.gemini.response import GenerationRequest, generate

        asking = GenerationRequest(
            client,
            self.model,
            self.provider.generation_settings,
            self.deadline,
            context,
            rounds,
            self.own_contents,
        )
        async with aclosing(generate(asking)) as pieces:
            async for piece in pieces:
                yield piece

    def _record_failure(self, error: ProviderError) -> None:
        record_provider_failure(PROVIDER_NAME, error.kind)
        if error.kind not in FAILURES_WITH_RESPONSE and not self.deadline.was_noticed_late:
            self.provider.circuit_breakers[self.model].record_failure()

    def _backoff_seconds(self, error: ProviderError, attempts: int) -> float | None:
        """How long to wait before the next attempt; None if it cannot help, or not in time."""
        limits = self.deadline.timeouts
        if error.kind not in RETRYABLE_FAILURES or attempts > limits.max_retries:
            return None
        pause = limits.backoff_seconds * 2 ** (attempts - 1) * random.uniform(0.5, 1.5)
        pause = max(pause, error.retry_after or 0.0)
        return pause if self.deadline.remaining_seconds - pause >= limits.min_attempt_seconds else None
