"""How far a guest's player is with one reply, and how far ahead of it sound may be sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

AHEAD_MS = 2_000.0
REFILL_MS = 1_500.0  # a few frames at once, so that nobody is woken for each of them
STUCK_AFTER = 60.0
GONE_AFTER = 3.0
NEARLY_MS = 120.0
LOOK_EVERY = 0.25


class Pace:
    """By the player's own reports; for a player that never reports, by the clock."""

    def __init__(self, reports: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.reports = reports
        self.sent = 0.0
        self._told = 0.0
        self._clock = clock
        self._began: float | None = None
        self._moved_at = clock()
        self._moved = asyncio.Event()

    def send(self, ms: float) -> None:
        if self._began is None:
            self._began = self._moved_at = self._clock()
        self.sent += ms

    def report(self, ms: float) -> None:
        """A player cannot have played what it was not sent, nor unplay anything."""
        self.reports = True
        if (told := min(ms, self.sent)) > self._told:
            self._told, self._moved_at = told, self._clock()
        self._moved.set()

    @property
    def played(self) -> float:
        if self.reports:
            return self._told
        return 0.0 if self._began is None else min(self.sent, (self._clock() - self._began) * 1000)

    @property
    def ahead(self) -> float:
        return self.sent - self.played

    async def room(self, ms: float) -> bool:
        """Wait until so much more may be sent. False where the player has stopped for good."""
        if self.ahead + ms <= AHEAD_MS:
            return True
        return await self._until(REFILL_MS, STUCK_AFTER)

    async def played_out(self) -> bool:
        return await self._until(NEARLY_MS if self.reports else 0.0, GONE_AFTER)

    async def _until(self, most: float, patience: float) -> bool:
        while (over := self.ahead - most) > 0:
            if self.reports and self._clock() - self._moved_at > patience:
                return False
            self._moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY if self.reports else over / 1000):
                    await self._moved.wait()
        return True
