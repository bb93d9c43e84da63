"""A model on an OpenAI-compatible server as a brain. No SDK is imported with this module, because get_brain
runs on the event loop."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bartender.brains.base import BrainOutput, TurnContext
from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.llm.provider import ModelBrain, ModelProvider
from bartender.brains.openai_compatible.clients import ClientPool
from bartender.brains.openai_compatible.config import ServerAddress
from bartender.facts import ToolResult

if TYPE_CHECKING:
    from bartender.brains.openai_compatible.request import OwnAnswer

logger = logging.getLogger(__name__)

PROVIDER_NAME = "local"
PRICE_PREFIX = f"{PROVIDER_NAME}/"
# The first word after a start may wait for the weights to be read.
TIMEOUTS = LLMTimeouts(probe_seconds=20.0)


@dataclass(kw_only=True)
class OpenAICompatibleProvider(ModelProvider):
    """The venue's own server."""

    address: ServerAddress
    name: str = PROVIDER_NAME
    timeouts: LLMTimeouts = TIMEOUTS
    client_pool: ClientPool = field(default_factory=lambda: ClientPool(TIMEOUTS.connect_seconds))

    def warm_up(self) -> None:
        """Makes the client on a thread, and lets the server load the model, so that no guest waits for it."""
        threading.Thread(target=self._warm_up, name="warm-local", daemon=True).start()

    def probe_failure(self, model: str) -> str:
        """Asks over the network whether the model answers. Returns the kind of failure, or "". Blocks."""
        client = self.client_pool.get_or_create(self.address)
        from bartender.brains.openai_compatible.probe import probe_model

        return probe_model(client, model, self.timeouts.probe_seconds)

    def price_name(self, model: str) -> str:
        return f"{PRICE_PREFIX}{model}"

    def _warm_up(self) -> None:
        for model in self.models:
            if failure := self.probe_failure(model):
                logger.warning("%s does not answer yet: %s", model, failure)

    def _create_brain(self, model: str, deadline: TurnDeadline) -> ModelBrain:
        return OpenAICompatibleBrain(
            name=self.name,
            model=model,
            deadline=deadline,
            circuit_breaker=self.circuit_breakers[model],
            provider=self,
        )


@dataclass(kw_only=True)
class OpenAICompatibleBrain(ModelBrain):
    provider: OpenAICompatibleProvider
    own_answers: dict[int, OwnAnswer] = field(default_factory=dict)

    async def _stream_model(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncGenerator[BrainOutput, None]:
        clients, address = self.provider.client_pool, self.provider.address
        if not (client := clients.get_cached(address)):
            client = await clients.get(address)
            self.deadline.start_round()  # to make the client took time, which was not the server's
        from bartender.brains.openai_compatible.response import GenerationRequest, generate

        asking = GenerationRequest(
            client,
            self.model,
            self.provider.price_name(self.model),
            self.provider.generation_settings,
            self.deadline,
            context,
            rounds,
            self.own_answers,
        )
        async with aclosing(generate(asking)) as pieces:
            async for piece in pieces:
                yield piece
