"""Voices that run on this machine, each in a process of its own. They need no key and no network."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bartender.speech.tts.base import AudioChunk, SpeechEvent, SpeechUsage, WordStart, duration_ms
from bartender.speech.tts.text_stream import Phrase, TextStream
from bartender.speech.tts.worker import WorkerProcess
from bartender.speech.tts.workers import pipe
from maya_site.core.errors import ProviderDown

logger = logging.getLogger(__name__)

MAX_REAL_TIME_FACTOR = 0.8  # seconds of work per second of audio
SLOW_COOLDOWN_SECONDS = 600.0
RESPELLINGS = {
    "daiquiri": "dackery",
    "daiquiris": "dackeries",
    "cointreau": "kwahntro",
    "curaçao": "cure-a-sow",
    "caipirinha": "kai-pee-reenya",
    "campari": "kam-pahree",
    "amaretto": "ama-retto",
}
START_FAILURE_COOLDOWN_SECONDS = 30.0  # after its process could not be started


@dataclass
class LocalTTS:
    name: str
    display_name: str
    worker: WorkerProcess
    cooldown_until: float = 0.0

    @property
    def is_cooling_down(self) -> bool:
        return time.monotonic() < self.cooldown_until

    async def warm_up(self) -> None:
        try:
            await self.worker.ensure_started()
        except ProviderDown:
            self.cooldown_until = time.monotonic() + START_FAILURE_COOLDOWN_SECONDS

    def retire(self) -> None:
        self.worker.stop()

    async def close(self) -> None:
        self.worker.stop()

    async def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        before = 0.0
        async for piece in script.iter_phrases():
            yield SpeechUsage(self.name, len(piece.text))
            async for event in self._synthesize_phrase(piece, before, script.language):
                yield event
                if isinstance(event, AudioChunk):
                    before += duration_ms(event.pcm)

    async def _synthesize_phrase(
        self, piece: Phrase, before: float, language: str
    ) -> AsyncIterator[SpeechEvent]:
        said = [_respell(word) for word in piece.words] if language == "en" else list(piece.words)
        async for kind, body in self.worker.request(words=said, language=language):
            if kind == pipe.WORDS:
                for word, at in json.loads(body):
                    yield WordStart(piece.first_word + word, before + at)
            elif len(body) % 2 or not body:
                raise ProviderDown(self.name, "half a sample")
            else:
                yield AudioChunk(body)


class NeuralTTS(LocalTTS):
    """A slower voice: warming up measures its speed, and it is put on cooldown if the machine is too slow."""

    @property
    def is_cooling_down(self) -> bool:
        return super().is_cooling_down or "real_time_factor" not in self.worker.ready_info

    async def warm_up(self) -> None:
        if super().is_cooling_down:
            return
        await super().warm_up()
        factor = self.worker.ready_info.get("real_time_factor", 0.0)
        if factor > MAX_REAL_TIME_FACTOR:
            logger.info("%s is too slow here: %s seconds for a second of sound", self.name, factor)
            self.cooldown_until = time.monotonic() + SLOW_COOLDOWN_SECONDS
            self.worker.stop()
            self.worker.ready_info = {}


def _respell(word: str) -> str:
    """Respells drinks' names for a voice that follows English spelling."""
    bare = word.rstrip(".,!?;:")
    return RESPELLINGS.get(bare.lower(), bare) + word[len(bare) :]
