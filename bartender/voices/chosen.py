"""Who reads a reply aloud is chosen when its first words are there: the turn knows by then what a guest lent
her, and what the budget leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

from bartender.voices.base import Heard, Voice
from bartender.voices.script import Script
from maya_site.lib.errors import ProviderDown


class Chosen:
    name = says = "voice"
    rests = False

    def __init__(self, choose: Callable[[], Awaitable[Voice | None]]) -> None:
        self._choose = choose

    async def warm(self) -> None:
        if voice := await self._choose():
            await voice.warm()

    async def speak(self, script: Script) -> AsyncIterator[Heard]:
        voice = await self._choose()
        if voice is None:
            raise ProviderDown("voice", "nobody is there to speak")
        async with aclosing(cast(Any, voice.speak(script))) as heard:
            async for part in heard:
                yield part
