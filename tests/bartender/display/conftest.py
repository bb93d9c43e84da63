import pytest
from channels.layers import channel_layers


@pytest.fixture(autouse=True)
def _no_lock_of_an_event_loop_that_has_ended() -> None:
    channel_layers.backends.clear()
