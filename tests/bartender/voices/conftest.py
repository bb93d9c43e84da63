from collections.abc import AsyncIterator

import pytest

from bartender.voices.house import House, house_here


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """The voices of this machine, sent home afterwards."""
    house = house_here()
    yield house
    await house.close()
