"""Gemini as the house knows it: how it is reached, which models are asked in which order, who is away.

One object in a process for the house's own key. It imports no SDK: get_brain is asked on the event loop.
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

from bartender.brains.base import Piece, Result, Scene, Text
from bartender.brains.breaker import Breaker
from bartender.brains.chain import Link
from bartender.brains.gemini.clients import Access, Clients
from bartender.brains.patience import Deadlines, Patience
from maya_site.lib.counters import provider_failed, provider_worked
from maya_site.lib.errors import ProviderError

logger = logging.getLogger(__name__)

NAME = "gemini"
# Asking once more may help, so long as nothing was said.
PASSING = {"quota", "upstream", "network", "protocol", "truncated", "empty", "bad_call"}
# The model answered: it is not away, whatever the guest got of it.
ANSWERED = {"blocked", "too_long", "empty", "bad_call"}


@dataclass(frozen=True)
class Manner:
    """Sent only when set: current models advise against both."""

    temperature: float | None = None
    most_tokens: int | None = None


@dataclass
class Gemini:
    access: Access
    models: tuple[str, ...]
    manner: Manner = field(default_factory=Manner)
    deadlines: Deadlines = field(default_factory=Deadlines)
    clients: Clients = field(default_factory=lambda: Clients(Deadlines.connect))

    def __post_init__(self) -> None:
        self.breakers = {model: self._breaker(model) for model in self.models}

    def links(self, patience: Patience) -> list[Link]:
        return [Link(Model(self, model, patience), self.breakers[model]) for model in self.models]

    def answering(self) -> str:
        """The model that is asked first at this moment, if any."""
        return next((model for model in self.models if self.breakers[model].closed), "")

    def warm(self) -> None:
        """After the start, beside it: the first guest then waits for no import and no certificate."""
        threading.Thread(
            target=self.clients.make, args=[self.access], name="warm-gemini", daemon=True
        ).start()

    def trouble(self, model: str) -> str:
        """What keeps a model from answering, asked over the network; empty where it answers."""
        client = self.clients.make(self.access)
        from bartender.brains.gemini.probe import probe

        return probe(client, model, self.deadlines.probe)

    def _breaker(self, model: str) -> Breaker:
        return Breaker(model, lambda: not self.trouble(model))


@dataclass
class Model:
    """One model for one turn, asked again where that may help and nothing was said."""

    house: Gemini
    model: str
    patience: Patience
    name: str = NAME
    kept: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def reply(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncGenerator[Piece, None]:
        for tries in itertools.count(1):
            said = False
            try:
                async with aclosing(self._ask(scene, rounds)) as pieces:
                    async for piece in pieces:
                        said = said or isinstance(piece, Text)
                        yield piece
            except ProviderError as error:
                self._count(error)
                pause = self._pause(error, tries)
                if said or pause is None:
                    raise
                logger.info("%s, try %d: %s", self.model, tries, error)
            else:
                provider_worked(NAME)
                self.house.breakers[self.model].worked()
                return
            await asyncio.sleep(pause)

    async def _ask(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncGenerator[Piece, None]:
        clients, access = self.house.clients, self.house.access
        if not (client := clients.made(access)):
            client = await clients.get(access)
            self.patience.new_round()  # it was not Gemini that let the guest wait
        from bartender.brains.gemini.answer import Asking, ask

        asking = Asking(client, self.model, self.house.manner, self.patience, scene, rounds, self.kept)
        async with aclosing(ask(asking)) as pieces:
            async for piece in pieces:
                yield piece

    def _count(self, error: ProviderError) -> None:
        provider_failed(NAME, error.kind)
        if error.kind not in ANSWERED and not self.patience.overslept:
            self.house.breakers[self.model].failed()

    def _pause(self, error: ProviderError, tries: int) -> float | None:
        """None where asking again cannot help, or not in time."""
        limits = self.patience.limits
        if error.kind not in PASSING or tries > limits.retries:
            return None
        pause = limits.pause * 2 ** (tries - 1) * random.uniform(0.5, 1.5)
        pause = max(pause, error.retry_after or 0.0)
        return pause if self.patience.left - pause >= limits.least else None
