"""How far a player is with one reply, and how far ahead of it audio may be sent. Times are in ms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

MAX_AHEAD_MS = 2_000.0
REFILL_BELOW_MS = 1_500.0  # so that several frames are sent per wake-up
STALL_TIMEOUT_SECONDS = 60.0
PLAYOUT_TIMEOUT_SECONDS = 3.0
PLAYOUT_TOLERANCE_MS = 120.0
POLL_INTERVAL_SECONDS = 0.25


class PlaybackTracker:
    """Uses the player's reports, or, for a player that sends none, the clock."""

    def __init__(self, has_reports: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.has_reports = has_reports
        self.sent_ms = 0.0
        self._reported_ms = 0.0
        self._clock = clock
        self._started_at: float | None = None
        self._last_progress_at = clock()
        self._progressed = asyncio.Event()

    def record_sent(self, ms: float) -> None:
        if self._started_at is None:
            self._started_at = self._last_progress_at = self._clock()
        self.sent_ms += ms

    def record_played(self, ms: float) -> None:
        """Takes a player's report; the position never exceeds what was sent and never goes back."""
        self.has_reports = True
        if (played := min(ms, self.sent_ms)) > self._reported_ms:
            self._reported_ms, self._last_progress_at = played, self._clock()
        self._progressed.set()

    @property
    def played_ms(self) -> float:
        if self.has_reports:
            return self._reported_ms
        return (
            0.0 if self._started_at is None else min(self.sent_ms, (self._clock() - self._started_at) * 1000)
        )

    @property
    def ahead_ms(self) -> float:
        return self.sent_ms - self.played_ms

    async def wait_for_capacity(self, ms: float) -> bool:
        """Waits until `ms` more may be sent. Returns False if the player has stalled."""
        if self.ahead_ms + ms <= MAX_AHEAD_MS:
            return True
        return await self._wait_until_ahead_below(REFILL_BELOW_MS, STALL_TIMEOUT_SECONDS)

    async def wait_until_played(self) -> bool:
        return await self._wait_until_ahead_below(
            PLAYOUT_TOLERANCE_MS if self.has_reports else 0.0, PLAYOUT_TIMEOUT_SECONDS
        )

    async def _wait_until_ahead_below(self, max_ahead_ms: float, timeout_seconds: float) -> bool:
        while (over := self.ahead_ms - max_ahead_ms) > 0:
            if self.has_reports and self._clock() - self._last_progress_at > timeout_seconds:
                return False
            self._progressed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_INTERVAL_SECONDS if self.has_reports else over / 1000):
                    await self._progressed.wait()
        return True
