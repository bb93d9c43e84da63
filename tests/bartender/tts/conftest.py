from collections.abc import AsyncIterator

import pytest

from bartender.speech.tts.espeak import SPEC
from bartender.speech.tts.local import LocalTTS
from bartender.speech.tts.registry import TTSRegistry, get_tts_registry


@pytest.fixture
async def house() -> AsyncIterator[TTSRegistry]:
    """The voices of this machine, sent home afterwards."""
    house = get_tts_registry()
    yield house
    await house.close()


@pytest.fixture
def espeak(house: TTSRegistry) -> LocalTTS:
    engine = house.engine(SPEC)
    assert isinstance(engine, LocalTTS)
    return engine
