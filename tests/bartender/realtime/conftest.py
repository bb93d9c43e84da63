import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from channels.layers import channel_layers

from bartender.brains.base import BrainOutput, EmotionHint, TextChunk, TurnContext
from bartender.dialogue.types import ToolCall
from bartender.facts import ToolResult
from bartender.realtime import audio_output, limits, turns
from bartender.speech.tts.base import SAMPLE_RATE_HZ, AudioChunk, SpeechEvent, SpeechUsage, WordStart
from bartender.speech.tts.text_stream import TextStream
from maya_site.core.errors import ProviderDown


class RehearsalBrain:
    """A brain for rehearsals: pours what is named, talks for as long as it is told to."""

    name = "regular"

    def __init__(self) -> None:
        self.pause = 0.0
        self.pieces = 1
        self.scenes: list[TurnContext] = []
        self.breaks = False

    async def reply(
        self, scene: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncIterator[BrainOutput]:
        if self.breaks:
            raise RuntimeError("a bug of the brain")
        self.scenes.append(scene)
        drink = next((one for one in scene.menu.drinks if one.name.lower() in scene.guest_text.lower()), None)
        if drink and not rounds:
            yield ToolCall("add_to_order", {"item": drink.name})
            return
        if "pay" in scene.guest_text and not rounds:
            yield ToolCall("create_payment", {})
            return
        yield EmotionHint("happy")
        for number in range(self.pieces):
            yield TextChunk(f"Word {number} of it. ")
            await asyncio.sleep(self.pause)


@pytest.fixture
def brain(monkeypatch: pytest.MonkeyPatch) -> RehearsalBrain:
    regular = RehearsalBrain()
    monkeypatch.setattr(turns, "get_brain", lambda visit: regular)
    return regular


@pytest.fixture(autouse=True)
def _a_quiet_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is inside, and no lock of the channel layer belongs to an event loop that has ended."""
    channel_layers.backends.clear()
    monkeypatch.setattr(
        limits.CONNECTION_LIMITER, "streams_by_visit", type(limits.CONNECTION_LIMITER.streams_by_visit)()
    )
    monkeypatch.setattr(
        limits.CONNECTION_LIMITER, "streams_by_address", type(limits.CONNECTION_LIMITER.streams_by_address)()
    )
    monkeypatch.setattr(limits.CONNECTION_LIMITER, "streams", {})


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lift the limits on how fast one may talk, for tests of something else."""

    def lift() -> None:
        monkeypatch.setattr(limits, "MESSAGE_BURST", 100_000)
        monkeypatch.setattr(limits, "MAX_MALFORMED_PER_MINUTE", 100_000)

    return lift


class SteadyTTS:
    """A voice for rehearsals: every word takes a tenth of a second."""

    name = "steady"
    display_name = "a steady voice"
    is_cooling_down = False
    WORD_MS = 100

    def __init__(self) -> None:
        self.scripts: list[TextStream] = []
        self.closed = 0
        self.fails_after = 1_000_000

    async def warm_up(self) -> None:
        pass

    async def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        self.scripts.append(script)
        try:
            async for piece in script.iter_phrases():
                yield SpeechUsage(self.name, len(piece.text))
                for word in range(piece.first_word, piece.end_word):
                    if word >= self.fails_after:
                        raise ProviderDown("steady", "lost its voice")
                    yield WordStart(word, word * self.WORD_MS)
                    yield AudioChunk(b"\x01\x00" * (SAMPLE_RATE_HZ * self.WORD_MS // 1000))
        finally:
            self.closed += 1


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> SteadyTTS:
    steady = SteadyTTS()
    monkeypatch.setattr(audio_output, "tts_for_visit", lambda *_: steady)
    return steady
