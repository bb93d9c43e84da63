"""Waiting for what happens elsewhere, as long as a busy machine may need and no longer than it takes."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()
