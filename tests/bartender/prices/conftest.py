import pytest

from tests.bartender.prices.happy_hour import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Tuesday, six in the evening."""
    return Clock(monkeypatch)
