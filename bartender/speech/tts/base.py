"""The interface of text-to-speech engines: phrases of one reply go in, audio and word times come out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bartender.speech.tts.text_stream import TextStream
from maya_site.core.providers import ProviderKind, ProviderSpec

SAMPLE_RATE_HZ = 24_000  # mono, signed 16-bit little-endian
BYTES_PER_SAMPLE = 2
BYTES_PER_MS = SAMPLE_RATE_HZ * BYTES_PER_SAMPLE // 1000


def duration_ms(pcm: bytes | bytearray) -> float:
    return len(pcm) / BYTES_PER_MS


@dataclass(frozen=True)
class AudioChunk:
    """Audio of the reply: 24 kHz, mono, signed 16-bit PCM; never empty, whole samples only."""

    pcm: bytes


@dataclass(frozen=True)
class WordStart:
    """When a word begins, in ms from the start of the reply's audio. Yielded before that audio."""

    word_index: int
    at_ms: float


@dataclass(frozen=True)
class SpeechUsage:
    """How many characters an engine was given, for the costs."""

    engine_name: str
    characters: int
    own_key: bool = False  # paid for by the guest's own key


SpeechEvent = AudioChunk | WordStart | SpeechUsage


@runtime_checkable
class TextToSpeech(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def display_name(self) -> str:
        """The engine's name for guests and staff."""
        ...

    @property
    def is_cooling_down(self) -> bool:
        """Whether it should not be used now, after repeated failures or because it is too slow here."""
        ...

    async def warm_up(self) -> None:
        """Loads what takes time before the first text. Never raises."""
        ...

    def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        """Speaks one reply. Closing the iterator stops the synthesis.

        Raises ProviderError if the engine fails; audio that was yielded before stays valid.
        """
        ...


@runtime_checkable
class TTSEngine(TextToSpeech, Protocol):
    """An engine of one event loop, which owns processes or connections that have to be closed."""

    def retire(self) -> None:
        """Called when another engine replaces this one."""
        ...

    async def close(self) -> None:
        """Called before the event loop ends: stops all processes and connections."""
        ...


@dataclass(frozen=True, kw_only=True)
class TTSProviderSpec(ProviderSpec[TTSEngine]):
    """`name` is also its label in prices and metrics. `languages` are those it speaks; None means all."""

    kind = ProviderKind.TTS
    protocol = TTSEngine

    languages: frozenset[str] | None = None

    def find_gaps(self) -> list[str]:
        return [*super().find_gaps(), *self.find_missing_probe()]

    def speaks(self, language: str) -> bool:
        return self.languages is None or language in self.languages
