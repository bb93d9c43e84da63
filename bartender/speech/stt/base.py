"""What a pair of ears is: the sound of an open microphone goes in, what was said comes out, turn by turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from maya_site.core.providers import ProviderKind, ProviderSpec

SAMPLE_RATE_HZ = 16_000  # samples a second; 16 bits, one channel, little end first
BYTES_PER_MS = SAMPLE_RATE_HZ * 2 // 1000
MAX_BUFFERED_BYTES = 10_000 * BYTES_PER_MS


class AudioMarker(Enum):
    """What the sound alone tells of it, put between the sound."""

    SPEECH_STARTED = "somebody speaks"
    SPEECH_STOPPED = "nobody speaks any more"
    PUSH_TO_TALK_RELEASED = "the guest has lifted the finger: the turn ends here"


@dataclass(frozen=True)
class SpeechStarted:
    """Somebody has begun to speak."""


@dataclass(frozen=True)
class Transcript:
    """All of the turn so far. `is_final`: it is over; without a text nothing was said in it."""

    text: str
    is_final: bool = False


TranscriptionEvent = SpeechStarted | Transcript


class MicrophoneStream:
    """The sound of one guest on its way to the ears. Putting it in never waits."""

    def __init__(self, max_bytes: int = MAX_BUFFERED_BYTES) -> None:
        self.is_closed = False
        self._max_bytes = max_bytes
        self._queue: deque[bytes | AudioMarker] = deque()
        self._buffered_bytes = 0
        self._has_data = asyncio.Event()

    def put(self, pcm: bytes) -> None:
        """Where the ears are too slow, what is oldest is lost."""
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
        """Until it is closed."""
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
    display_name: str  # for people: whose ears these are

    async def warm_up(self) -> None:
        """Make ready what takes time, before the first word. Fails in silence."""
        ...

    def transcribe_stream(
        self, microphone: MicrophoneStream, keyterms: Sequence[str]
    ) -> AsyncIterator[TranscriptionEvent]:
        """Until the microphone is closed. `keyterms` are words to expect. Raises ProviderError where the ears
        are away; what was said until then stays said."""
        ...


@dataclass(frozen=True, kw_only=True)
class STTProviderSpec(ProviderSpec[SpeechToText]):
    kind = ProviderKind.STT
    protocol = SpeechToText
