"""How late the event loop is: whoever holds it up makes every stream wait."""

from __future__ import annotations

import asyncio

from maya_site.lib.counters import LOOP_LAG

EVERY = 0.5


def watch() -> None:
    """On the loop that runs, for as long as it runs."""
    _ask(asyncio.get_running_loop())


def _ask(loop: asyncio.AbstractEventLoop) -> None:
    due = loop.time() + EVERY
    loop.call_at(due, _back, loop, due)


def _back(loop: asyncio.AbstractEventLoop, due: float) -> None:
    LOOP_LAG.observe(max(0.0, loop.time() - due))
    _ask(loop)
