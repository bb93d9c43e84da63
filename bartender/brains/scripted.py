"""A brain that follows a script: for rehearsals, and for tests of everything around a brain."""

from collections.abc import AsyncIterator, Sequence

from bartender.brains.base import BrainOutput, TextChunk, TurnContext
from bartender.facts import ToolResult


class ScriptedBrain:
    """Each argument is one round: texts and calls in order. `received` holds what it was shown."""

    name = "scripted"

    def __init__(self, *rounds: Sequence[BrainOutput | str]) -> None:
        self.script = list(rounds)
        self.received: list[tuple[TurnContext, list[list[ToolResult]]]] = []

    async def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncIterator[BrainOutput]:
        self.received.append((context, [list(one) for one in rounds]))
        for piece in self.script.pop(0) if self.script else ():
            yield TextChunk(piece) if isinstance(piece, str) else piece
