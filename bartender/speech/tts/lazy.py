"""Chooses the voice when a reply's first words are there.

By then the turn knows the guest's own keys and what the budget allows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

from bartender.speech.tts.base import SpeechEvent, TextToSpeech
from bartender.speech.tts.text_stream import TextStream
from maya_site.core.errors import ProviderDown


class LazyTTS:
    name = display_name = "voice"
    is_cooling_down = False

    def __init__(self, select_engine: Callable[[], Awaitable[TextToSpeech | None]]) -> None:
        self._select_engine = select_engine

    async def warm_up(self) -> None:
        if voice := await self._select_engine():
            await voice.warm_up()

    async def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        voice = await self._select_engine()
        if voice is None:
            raise ProviderDown("voice", "nobody is there to speak")
        async with aclosing(cast(Any, voice.synthesize(script))) as events:
            async for part in events:
                yield part
