"""Asks one brain after another until one answers: the models of each provider that is set up, in the order of
the settings, and last the rule-based brain, which needs no provider.

Each round is answered by one brain. A failing one is replaced only if it has said nothing in the round, and
it is not asked again in this turn. Tools that ran are not run again: the next brain goes on from their
results.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from bartender.brains.base import Brain, BrainOutput, BrainSwitched, EmotionHint, TextChunk, TurnContext
from bartender.brains.circuit_breaker import CircuitBreaker
from bartender.brains.deadlines import TurnDeadline
from bartender.dialogue.types import ToolCall
from bartender.facts import ToolResult
from maya_site.core.errors import ProviderError

logger = logging.getLogger(__name__)

OFF_TOPIC_REPLY = "That is nothing I can talk about behind this bar. What may I pour you?"

ToolRounds = Sequence[Sequence[ToolResult]]


class ClosableBrain(Protocol):
    """A brain whose reply is an async generator, so that its stream can be closed at once."""

    name: str

    def reply(self, context: TurnContext, rounds: ToolRounds) -> AsyncGenerator[BrainOutput, None]: ...


@dataclass(frozen=True)
class FallbackCandidate:
    """`is_free`: it costs the venue nothing, so no budget keeps it from answering."""

    brain: ClosableBrain
    circuit_breaker: CircuitBreaker
    is_free: bool = False


class FallbackBrain:
    """Asks the candidates in order, as far as their circuit breakers and the deadline allow, then
    `final_brain`. Raises ProviderError if one fails after it has said something."""

    def __init__(
        self, candidates: Sequence[FallbackCandidate], final_brain: Brain, deadline: TurnDeadline
    ) -> None:
        self.name = candidates[0].brain.name
        self.candidates = list(candidates)
        self.final_brain = final_brain
        self.deadline = deadline
        self.is_blocked = False
        self.final_brain_since_round = -1  # the round at which it began; -1: not yet
        self.answering_name = self.name

    async def reply(self, context: TurnContext, rounds: ToolRounds) -> AsyncGenerator[BrainOutput, None]:
        self.deadline.start_round()
        self._apply_budget_level(context)
        while link := self._next_candidate():
            said = False
            if link.brain.name != self.answering_name:
                self.answering_name = link.brain.name
                yield BrainSwitched(link.brain.name)
            try:
                async with aclosing(link.brain.reply(context, rounds)) as pieces:
                    async for piece in pieces:
                        said = said or isinstance(piece, TextChunk)
                        yield piece
            except ProviderError as error:
                logger.warning("%s: %s", link.circuit_breaker.name, error)
                # What one model refuses to talk about is not put to the next one.
                self.is_blocked = error.kind == "blocked"
                self.candidates = [] if self.is_blocked else self.candidates[1:]
                if said:
                    raise
            else:
                return
        yield BrainSwitched(self.final_brain.name)
        async for piece in self._final_reply(context, rounds):
            yield piece

    def _apply_budget_level(self, context: TurnContext) -> None:
        """With little of a budget left, only the last and cheapest of the models that cost is asked; with
        nothing left, none of them. Free ones are asked all the same."""
        if context.budget_level == "full":
            return
        paid = [one for one in self.candidates if not one.is_free]
        allowed = paid[-1:] if context.budget_level == "shorter" else []
        self.candidates = [one for one in self.candidates if one.is_free or one in allowed]

    def _next_candidate(self) -> FallbackCandidate | None:
        while self.candidates:
            first, *rest = self.candidates
            has_next_provider = any(
                one.brain.name != first.brain.name and one.circuit_breaker.is_closed for one in rest
            )
            self.deadline.reserved_seconds = (
                self.deadline.timeouts.next_provider_seconds if has_next_provider else 0.0
            )
            if first.circuit_breaker.is_closed and self.deadline.has_time_for_attempt:
                return first
            del self.candidates[0]
        return None

    async def _final_reply(
        self, context: TurnContext, rounds: ToolRounds
    ) -> AsyncGenerator[BrainOutput, None]:
        if self.final_brain_since_round < 0:
            self.final_brain_since_round = 0 if has_changes(rounds) else len(rounds)
        rounds = rounds[self.final_brain_since_round :]
        pieces = [piece async for piece in self.final_brain.reply(context, rounds)]
        if self.is_blocked and not rounds and not any(_is_action(piece) for piece in pieces):
            pieces = [EmotionHint("flustered"), TextChunk(_(OFF_TOPIC_REPLY))]
        for piece in pieces:
            yield piece


def _is_action(output: BrainOutput) -> bool:
    """Whether it is a tool call, other than a search of the memory."""
    return isinstance(output, ToolCall) and output.name != "recall"


def has_changes(rounds: ToolRounds) -> bool:
    """Whether a tool changed anything. If they only read, another brain may begin the turn anew."""
    return any(
        one.ok and (one.fact is None or one.fact.effect != "reads") for results in rounds for one in results
    )
