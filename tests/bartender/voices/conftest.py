from collections.abc import AsyncIterator

import pytest

from bartender.voices.house import House, house_here
from bartender.voices.local import LocalVoice


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """The voices of this machine, sent home afterwards."""
    house = house_here()
    yield house
    await house.close()


@pytest.fixture
def espeak(house: House) -> LocalVoice:
    return next(voice for voice in house.local if voice.name == "espeak")
