"""The interface of speech-to-text engines: microphone audio goes in, transcripts of turns come out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from maya_site.core.providers import ProviderKind, ProviderSpec

SAMPLE_RATE_HZ = 16_000  # mono, signed 16-bit little-endian
BYTES_PER_MS = SAMPLE_RATE_HZ * 2 // 1000
MAX_BUFFERED_BYTES = 10_000 * BYTES_PER_MS


class AudioMarker(Enum):
    """Events of voice activity and push-to-talk, placed in the audio where they happened."""

    SPEECH_STARTED = "somebody speaks"
    SPEECH_STOPPED = "nobody speaks any more"
    PUSH_TO_TALK_RELEASED = "the guest has lifted the finger: the turn ends here"


@dataclass(frozen=True)
class SpeechStarted:
    """A turn of the speaker has begun."""


@dataclass(frozen=True)
class Transcript:
    """The whole turn so far. With `is_final` it is over; an empty final text means that nothing was said."""

    text: str
    is_final: bool = False


TranscriptionEvent = SpeechStarted | Transcript


class MicrophoneStream:
    """Buffers one guest's audio for the engine: 16 kHz, mono, signed 16-bit PCM. Writing never blocks."""

    def __init__(self, max_bytes: int = MAX_BUFFERED_BYTES) -> None:
        self.is_closed = False
        self._max_bytes = max_bytes
        self._queue: deque[bytes | AudioMarker] = deque()
        self._buffered_bytes = 0
        self._has_data = asyncio.Event()

    def put(self, pcm: bytes) -> None:
        """Drops the oldest audio when more than `max_bytes` are buffered."""
        self._queue.append(pcm)
        self._buffered_bytes += len(pcm)
        while self._buffered_bytes > self._max_bytes:
            self._buffered_bytes -= _byte_count(self._queue.popleft())
        self._has_data.set()

    def put_marker(self, mark: AudioMarker) -> None:
        self._queue.append(mark)
        self._has_data.set()

    def close(self) -> None:
        self.is_closed = True
        self._has_data.set()

    async def read_audio(self) -> AsyncIterator[bytes | AudioMarker]:
        """Yields audio and markers in order until the stream is closed."""
        while True:
            while self._queue:
                part = self._queue.popleft()
                self._buffered_bytes -= _byte_count(part)
                yield part
            if self.is_closed:
                return
            self._has_data.clear()
            await self._has_data.wait()


def _byte_count(part: bytes | AudioMarker) -> int:
    return len(part) if isinstance(part, bytes) else 0


@runtime_checkable
class SpeechToText(Protocol):
    name: str
    display_name: str  # for guests and staff

    async def warm_up(self) -> None:
        """Loads what takes time before the first audio. Never raises."""
        ...

    def transcribe_stream(
        self, microphone: MicrophoneStream, keyterms: Sequence[str]
    ) -> AsyncIterator[TranscriptionEvent]:
        """Transcribes until the microphone is closed. `keyterms` are words to expect.

        Raises ProviderError if the engine fails; events that were yielded before stay valid.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class STTProviderSpec(ProviderSpec[SpeechToText]):
    kind = ProviderKind.STT
    protocol = SpeechToText
