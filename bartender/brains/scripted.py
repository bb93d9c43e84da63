"""A brain that follows a script: for rehearsals and for tests of everything around a brain."""

from collections.abc import AsyncIterator, Sequence

from bartender.brains.base import Piece, Result, Scene, Text


class Scripted:
    """Each inner list is one round: texts and calls in order. It remembers what it was shown."""

    name = "scripted"

    def __init__(self, *rounds: Sequence[Piece | str]) -> None:
        self.script = list(rounds)
        self.heard: list[tuple[Scene, list[list[Result]]]] = []

    async def reply(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncIterator[Piece]:
        self.heard.append((scene, [list(one) for one in rounds]))
        for piece in self.script.pop(0) if self.script else ():
            yield Text(piece) if isinstance(piece, str) else piece
