from collections.abc import AsyncIterator

import pytest

from bartender.speech.tts.espeak import SPEC
from bartender.speech.tts.local import LocalTTS
from bartender.speech.tts.registry import TTSRegistry, get_tts_registry


@pytest.fixture
async def voices() -> AsyncIterator[TTSRegistry]:
    """The voices of this machine, sent home afterwards."""
    voices = get_tts_registry()
    yield voices
    await voices.close()


@pytest.fixture
def espeak(voices: TTSRegistry) -> LocalTTS:
    engine = voices.engine(SPEC)
    assert isinstance(engine, LocalTTS)
    return engine
