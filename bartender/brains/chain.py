"""Who answers when the first one does not: the next, and at the very end one that needs nobody.

Each round is answered by one brain. It is left for the next only while nothing of the round was said, and is
not asked again in this turn. Tools that ran are not run again: the next one goes on from their results.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from bartender.brains.base import Answering, Brain, Call, Feeling, Piece, Result, Scene, Text
from bartender.brains.breaker import Breaker
from bartender.brains.patience import Patience
from maya_site.lib.errors import ProviderError

logger = logging.getLogger(__name__)

NOT_HERE = "That is nothing I can talk about behind this bar. What may I pour you?"
# Kinds of facts of tools that only look: after them another brain may begin anew.
LOOKED = {"order", "bill", "balance", "tip", "payment", "menu", "recommended", "recalled"}

Rounds = Sequence[Sequence[Result]]


class Leavable(Protocol):
    """A brain whose stream can be closed at once."""

    name: str

    def reply(self, scene: Scene, rounds: Rounds) -> AsyncGenerator[Piece, None]: ...


@dataclass(frozen=True)
class Link:
    brain: Leavable
    breaker: Breaker


class Chain:
    def __init__(self, links: Sequence[Link], last: Brain, patience: Patience) -> None:
        self.name = links[0].brain.name
        self.links = list(links)
        self.last = last
        self.patience = patience
        self.blocked = False
        self.took_over = -1  # at which round the last one began

    async def reply(self, scene: Scene, rounds: Rounds) -> AsyncGenerator[Piece, None]:
        self.patience.new_round()
        self._save(scene)
        while link := self._next():
            said = False
            try:
                async with aclosing(link.brain.reply(scene, rounds)) as pieces:
                    async for piece in pieces:
                        said = said or isinstance(piece, Text)
                        yield piece
            except ProviderError as error:
                logger.warning("%s: %s", link.breaker.name, error)
                # What one model will not talk about is not put to its sister.
                self.blocked = error.kind == "blocked"
                self.links = [] if self.blocked else self.links[1:]
                if said:
                    raise
            else:
                return
        yield Answering(self.last.name)
        async for piece in self._last(scene, rounds):
            yield piece

    def _save(self, scene: Scene) -> None:
        """With little of a budget left only the last model is asked, the cheap one; with nothing, none."""
        if scene.thrift == "house":
            self.links = []
        elif scene.thrift == "shorter":
            self.links = self.links[-1:]

    def _next(self) -> Link | None:
        while self.links and not (self.links[0].breaker.closed and self.patience.worth_a_try):
            del self.links[0]
        return self.links[0] if self.links else None

    async def _last(self, scene: Scene, rounds: Rounds) -> AsyncGenerator[Piece, None]:
        if self.took_over < 0:
            self.took_over = 0 if changed(rounds) else len(rounds)
        rounds = rounds[self.took_over :]
        pieces = [piece async for piece in self.last.reply(scene, rounds)]
        if self.blocked and not rounds and not any(_acts(piece) for piece in pieces):
            pieces = [Feeling("flustered"), Text(_(NOT_HERE))]
        for piece in pieces:
            yield piece


def _acts(piece: Piece) -> bool:
    """A look into the house book is no deed."""
    return isinstance(piece, Call) and piece.name != "recall"


def changed(rounds: Rounds) -> bool:
    return any(one.ok and one.facts.get("kind") not in LOOKED for results in rounds for one in results)
