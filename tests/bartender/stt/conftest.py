import asyncio
from collections.abc import AsyncIterator

import pytest


@pytest.fixture(autouse=True)
async def _lines_are_let_go() -> AsyncIterator[None]:
    """What was closed at a test's end is gone before its event loop is."""
    yield
    await asyncio.sleep(0.05)
