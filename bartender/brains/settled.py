"""Who answers is settled when the turn has begun: the guest may just have brought a key."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from bartender.brains.base import Answering, Brain, Piece, Result, Scene, Used


@dataclass
class Settled:
    """`choose` says which brain, and whether the guest's own key pays for it."""

    name: str
    choose: Callable[[], tuple[Brain, bool]]
    chosen: tuple[Brain, bool] | None = None

    async def reply(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncGenerator[Piece, None]:
        if self.chosen is None:
            self.chosen = self.choose()
            if self.chosen[0].name != self.name:
                yield Answering(self.chosen[0].name)
        brain, own = self.chosen
        async with aclosing(cast(AsyncGenerator[Piece, None], brain.reply(scene, rounds))) as pieces:
            async for piece in pieces:
                yield replace(piece, own=True) if own and isinstance(piece, Used) else piece
