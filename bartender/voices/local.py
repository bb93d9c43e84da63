"""Voices of this machine: no key, no network, each in a process of its own."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from bartender.voices.base import Begins, Heard, Piece, Sound, Spent, ms_of
from bartender.voices.script import Script
from bartender.voices.worker import Worker
from bartender.voices.workers import pipe
from maya_site.lib.errors import ProviderDown

logger = logging.getLogger(__name__)

FAST_ENOUGH = 0.8  # seconds of work for a second of sound
REST_IF_SLOW = 600.0
RESPELLED = {
    "daiquiri": "dackery",
    "daiquiris": "dackeries",
    "cointreau": "kwahntro",
    "curaçao": "cure-a-sow",
    "caipirinha": "kai-pee-reenya",
    "campari": "kam-pahree",
    "amaretto": "ama-retto",
}
REST = 30.0  # after its process could not be started


@dataclass
class LocalVoice:
    name: str
    says: str
    worker: Worker
    rests_until: float = 0.0
    languages: ClassVar[frozenset[str]] = frozenset({"en", "es"})

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
            yield Spent(self.name, len(piece.text))
            async for heard in self._one(piece, before, script.language):
                yield heard
                if isinstance(heard, Sound):
                    before += ms_of(heard.pcm)

    async def _one(self, piece: Piece, before: float, language: str) -> AsyncIterator[Heard]:
        said = [_respelled(word) for word in piece.words] if language == "en" else list(piece.words)
        async for kind, body in self.worker.ask(words=said, language=language):
            if kind == pipe.WORDS:
                for word, at in json.loads(body):
                    yield Begins(piece.first + word, before + at)
            elif len(body) % 2 or not body:
                raise ProviderDown(self.name, "half a sample")
            else:
                yield Sound(body)


class Neural(LocalVoice):
    languages = frozenset({"en"})

    """A voice that takes its time, for machines that are fast enough: it finds out when it wakes."""

    @property
    def rests(self) -> bool:
        return super().rests or "real_time_factor" not in self.worker.told

    async def warm(self) -> None:
        if super().rests:
            return
        await super().warm()
        factor = self.worker.told.get("real_time_factor", 0.0)
        if factor > FAST_ENOUGH:
            logger.info("%s is too slow here: %s seconds for a second of sound", self.name, factor)
            self.rests_until = time.monotonic() + REST_IF_SLOW
            self.worker.stop()
            self.worker.told = {}


def _respelled(word: str) -> str:
    """As it sounds, for a voice that goes by English spelling."""
    bare = word.rstrip(".,!?;:")
    return RESPELLED.get(bare.lower(), bare) + word[len(bare) :]
