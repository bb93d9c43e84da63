"""Measures how late the event loop runs a timer. Whatever blocks it makes every stream wait."""

from __future__ import annotations

import asyncio

from maya_site.core.metrics import LOOP_LAG

MEASURE_INTERVAL_SECONDS = 0.5


def start_measuring() -> None:
    """Measures on the running loop, every half second, for as long as it runs."""
    _schedule_measurement(asyncio.get_running_loop())


def _schedule_measurement(loop: asyncio.AbstractEventLoop) -> None:
    due = loop.time() + MEASURE_INTERVAL_SECONDS
    loop.call_at(due, _record_lag, loop, due)


def _record_lag(loop: asyncio.AbstractEventLoop, due: float) -> None:
    LOOP_LAG.observe(max(0.0, loop.time() - due))
    _schedule_measurement(loop)
