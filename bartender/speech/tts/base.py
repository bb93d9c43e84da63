"""What a voice is: the words of one reply go in piece by piece, sound and the times of the words come out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bartender.speech.tts.text_stream import TextStream
from maya_site.core.providers import ProviderKind, ProviderSpec

SAMPLE_RATE_HZ = 24_000  # samples a second; 16 bits, one channel, little end first
BYTES_PER_SAMPLE = 2
BYTES_PER_MS = SAMPLE_RATE_HZ * BYTES_PER_SAMPLE // 1000


def duration_ms(pcm: bytes | bytearray) -> float:
    return len(pcm) / BYTES_PER_MS


@dataclass(frozen=True)
class AudioChunk:
    """The next stretch of the reply. Never empty, never half a sample."""

    pcm: bytes


@dataclass(frozen=True)
class WordStart:
    """A word of the reply begins so many milliseconds after the first sound. Told before that sound is."""

    word_index: int
    at_ms: float


@dataclass(frozen=True)
class SpeechUsage:
    """So many characters were given to a voice, by its name."""

    engine_name: str
    characters: int
    own_key: bool = False  # by the guest's own key: it costs the house nothing


SpeechEvent = AudioChunk | WordStart | SpeechUsage


@runtime_checkable
class TextToSpeech(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def display_name(self) -> str:
        """For people: which voice this is."""
        ...

    @property
    def is_cooling_down(self) -> bool:
        """Not to be asked just now: it failed again and again, or it is too slow here."""
        ...

    async def warm_up(self) -> None:
        """Make ready what takes time, before the first word is wanted. Fails in silence."""
        ...

    def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        """One reply. Closing it stops the sound where it is made. Raises ProviderError where the voice is
        away; what was heard until then stays heard."""
        ...


@runtime_checkable
class TTSEngine(TextToSpeech, Protocol):
    """A voice of one event loop, with processes or connections of its own, and how it is let go."""

    def retire(self) -> None:
        """Another takes its place: whom it speaks to is spoken to till the end."""
        ...

    async def close(self) -> None:
        """The loop ends: nothing is left running."""
        ...


@dataclass(frozen=True, kw_only=True)
class TTSProviderSpec(ProviderSpec[TTSEngine]):
    """`name` is also what prices and metrics call the voice. `languages`: those that it speaks; None: any."""

    kind = ProviderKind.TTS
    protocol = TTSEngine

    languages: frozenset[str] | None = None

    def find_gaps(self) -> list[str]:
        return [*super().find_gaps(), *self.find_missing_probe()]

    def speaks(self, language: str) -> bool:
        return self.languages is None or language in self.languages
