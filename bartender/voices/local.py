"""Voices of this machine: no key, no network, each in a process of its own."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bartender.voices.base import Begins, Heard, Piece, Sound, ms_of
from bartender.voices.script import Script
from bartender.voices.worker import Worker
from bartender.voices.workers import pipe
from maya_site.lib.counters import TTS_CHARACTERS
from maya_site.lib.errors import ProviderDown

REST = 30.0  # after its process could not be started


@dataclass
class LocalVoice:
    name: str
    says: str
    worker: Worker
    rests_until: float = 0.0

    @property
    def rests(self) -> bool:
        return time.monotonic() < self.rests_until

    async def warm(self) -> None:
        try:
            await self.worker.ready()
        except ProviderDown:
            self.rests_until = time.monotonic() + REST

    async def speak(self, script: Script) -> AsyncIterator[Heard]:
        before = 0.0
        async for piece in script.read():
            TTS_CHARACTERS.labels(self.name).inc(len(piece.text))
            async for heard in self._one(piece, before):
                yield heard
                if isinstance(heard, Sound):
                    before += ms_of(heard.pcm)

    async def _one(self, piece: Piece, before: float) -> AsyncIterator[Heard]:
        async for kind, body in self.worker.ask(words=piece.words):
            if kind == pipe.WORDS:
                for word, at in json.loads(body):
                    yield Begins(piece.first + word, before + at)
            elif len(body) % 2 or not body:
                raise ProviderDown(self.name, "half a sample")
            else:
                yield Sound(body)
