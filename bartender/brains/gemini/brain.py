"""Gemini's models as brains.

A process has one GeminiProvider for the venue's own key. No SDK is imported with this module, because
get_brain runs on the event loop.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from bartender.brains.base import BrainOutput, TurnContext
from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.gemini.clients import ClientPool
from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.llm.provider import ModelBrain, ModelProvider
from bartender.facts import ToolResult

PROVIDER_NAME = "gemini"


@dataclass(kw_only=True)
class GeminiProvider(ModelProvider):
    """Gemini by one key."""

    credentials: GeminiCredentials
    name: str = PROVIDER_NAME
    client_pool: ClientPool = field(default_factory=lambda: ClientPool(LLMTimeouts.connect_seconds))

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

    def _create_brain(self, model: str, deadline: TurnDeadline) -> ModelBrain:
        return GeminiModelBrain(
            name=self.name,
            model=model,
            deadline=deadline,
            circuit_breaker=self.circuit_breakers[model],
            provider=self,
        )


@dataclass(kw_only=True)
class GeminiModelBrain(ModelBrain):
    provider: GeminiProvider
    own_contents: dict[int, dict[str, Any]] = field(default_factory=dict)

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
