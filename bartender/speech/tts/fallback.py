"""Tries voices in order; moves on to the next one only while nothing of the reply was heard."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

from bartender.speech.tts.base import AudioChunk, SpeechEvent, SpeechUsage, TextToSpeech, WordStart
from bartender.speech.tts.text_stream import TextStream
from maya_site.core.errors import ProviderDown, ProviderError

logger = logging.getLogger(__name__)


class FallbackTTS:
    """Its name is that of the voice that would be tried first."""

    def __init__(self, engines: Sequence[TextToSpeech]) -> None:
        self.engines = engines

    @property
    def name(self) -> str:
        return self._preferred.name

    @property
    def display_name(self) -> str:
        return self._preferred.display_name

    @property
    def is_cooling_down(self) -> bool:
        return all(voice.is_cooling_down for voice in self.engines)

    @property
    def _preferred(self) -> TextToSpeech:
        return next((voice for voice in self.engines if not voice.is_cooling_down), self.engines[-1])

    async def warm_up(self) -> None:
        """Warms up voices until one works: some only find out then that they are too slow here."""
        for voice in self.engines:
            await voice.warm_up()
            if not voice.is_cooling_down:
                return

    async def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        for voice in self.engines:
            if voice.is_cooling_down:
                continue
            has_audio = False
            try:
                async with aclosing(
                    cast(Any, _delay_word_starts_until_audio(voice.synthesize(script)))
                ) as parts:
                    async for part in parts:
                        has_audio = has_audio or not isinstance(part, SpeechUsage)
                        yield part
            except ProviderError as error:
                if has_audio:
                    raise
                logger.warning("the next voice is tried: %s", error)
            else:
                return
        raise ProviderDown("voice", "nobody spoke")


async def _delay_word_starts_until_audio(parts: AsyncIterator[SpeechEvent]) -> AsyncIterator[SpeechEvent]:
    """Holds word times back until audio follows, since the voice may still fail before that."""
    times: list[WordStart] = []
    async with aclosing(cast(Any, parts)) as events:
        async for part in events:
            if isinstance(part, WordStart):
                times.append(part)
                continue
            if isinstance(part, AudioChunk):
                for begins in times:
                    yield begins
                times.clear()
            yield part
    for begins in times:
        yield begins
