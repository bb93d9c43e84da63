import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from channels.layers import channel_layers

from bartender.brains.base import Call, Feeling, Piece, Result, Scene, Text
from bartender.stream import limits, mouth, talk
from bartender.voices.base import RATE, Begins, Heard, Sound, Spent
from bartender.voices.script import Script
from maya_site.lib.errors import ProviderDown


class Regular:
    """A brain for rehearsals: pours what is named, talks for as long as it is told to."""

    name = "regular"

    def __init__(self) -> None:
        self.pause = 0.0
        self.pieces = 1
        self.scenes: list[Scene] = []
        self.breaks = False

    async def reply(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncIterator[Piece]:
        if self.breaks:
            raise RuntimeError("a bug of the brain")
        self.scenes.append(scene)
        drink = next((one for one in scene.menu.drinks if one.name.lower() in scene.said.lower()), None)
        if drink and not rounds:
            yield Call("add_to_order", {"item": drink.name})
            return
        if "pay" in scene.said and not rounds:
            yield Call("create_payment", {})
            return
        yield Feeling("happy")
        for number in range(self.pieces):
            yield Text(f"Word {number} of it. ")
            await asyncio.sleep(self.pause)


@pytest.fixture
def brain(monkeypatch: pytest.MonkeyPatch) -> Regular:
    regular = Regular()
    monkeypatch.setattr(talk, "get_brain", lambda visit: regular)
    return regular


@pytest.fixture(autouse=True)
def _a_quiet_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is inside, and no lock of the channel layer belongs to an event loop that has ended."""
    channel_layers.backends.clear()
    monkeypatch.setattr(limits.DOOR, "visits", type(limits.DOOR.visits)())
    monkeypatch.setattr(limits.DOOR, "addresses", type(limits.DOOR.addresses)())


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lift the limits on how fast one may talk, for tests of something else."""

    def lift() -> None:
        monkeypatch.setattr(limits, "BURST", 100_000)
        monkeypatch.setattr(limits, "MALFORMED_A_MINUTE", 100_000)

    return lift


class Steady:
    """A voice for rehearsals: every word takes a tenth of a second."""

    name = "steady"
    says = "a steady voice"
    rests = False
    WORD_MS = 100

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.closed = 0
        self.fails_after = 1_000_000

    async def warm(self) -> None:
        pass

    async def speak(self, script: Script) -> AsyncIterator[Heard]:
        self.scripts.append(script)
        try:
            async for piece in script.read():
                yield Spent(self.name, len(piece.text))
                for word in range(piece.first, piece.end):
                    if word >= self.fails_after:
                        raise ProviderDown("steady", "lost its voice")
                    yield Begins(word, word * self.WORD_MS)
                    yield Sound(b"\x01\x00" * (RATE * self.WORD_MS // 1000))
        finally:
            self.closed += 1


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> Steady:
    steady = Steady()
    monkeypatch.setattr(mouth, "voice_for", lambda *_: steady)
    return steady
