"""The best voice that is there; and the next, but only while nothing was heard of the reply."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

from bartender.voices.base import Begins, Heard, Sound, Spent, Voice
from bartender.voices.script import Script
from maya_site.lib.errors import ProviderDown, ProviderError

logger = logging.getLogger(__name__)


class FirstHeard:
    """Asked for its name, it gives that of the voice that would be tried first."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        self.voices = voices

    @property
    def name(self) -> str:
        return self._best.name

    @property
    def says(self) -> str:
        return self._best.says

    @property
    def rests(self) -> bool:
        return all(voice.rests for voice in self.voices)

    @property
    def _best(self) -> Voice:
        return next((voice for voice in self.voices if not voice.rests), self.voices[-1])

    async def warm(self) -> None:
        """Until there is one that speaks: some know only when they are awake whether they are fit."""
        for voice in self.voices:
            await voice.warm()
            if not voice.rests:
                return

    async def speak(self, script: Script) -> AsyncIterator[Heard]:
        for voice in self.voices:
            if voice.rests:
                continue
            heard = False
            try:
                async with aclosing(cast(Any, _with_sound(voice.speak(script)))) as parts:
                    async for part in parts:
                        heard = heard or not isinstance(part, Spent)
                        yield part
            except ProviderError as error:
                if heard:
                    raise
                logger.warning("the next voice is tried: %s", error)
            else:
                return
        raise ProviderDown("voice", "nobody spoke")


async def _with_sound(parts: AsyncIterator[Heard]) -> AsyncIterator[Heard]:
    """The times of words wait for their sound: until then the voice may yet fall silent."""
    times: list[Begins] = []
    async with aclosing(cast(Any, parts)) as told:
        async for part in told:
            if isinstance(part, Begins):
                times.append(part)
                continue
            if isinstance(part, Sound):
                for begins in times:
                    yield begins
                times.clear()
            yield part
    for begins in times:
        yield begins
