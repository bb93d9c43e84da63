"""A brain that is selected only once the turn has begun, because the guest may just have brought a key."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from bartender.brains.base import Brain, BrainOutput, BrainSwitched, TurnContext
from bartender.dialogue.types import TokenUsage
from bartender.facts import ToolResult


@dataclass
class LazyBrain:
    """`select_brain` returns the brain, and whether the guest's own key pays for it."""

    name: str
    select_brain: Callable[[], tuple[Brain, bool]]
    selected: tuple[Brain, bool] | None = None

    async def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncGenerator[BrainOutput, None]:
        if self.selected is None:
            self.selected = self.select_brain()
            if self.selected[0].name != self.name:
                yield BrainSwitched(self.selected[0].name)
        brain, own = self.selected
        async with aclosing(cast(AsyncGenerator[BrainOutput, None], brain.reply(context, rounds))) as pieces:
            async for piece in pieces:
                yield replace(piece, own=True) if own and isinstance(piece, TokenUsage) else piece
