"""Limits on the number of streams and on the rate of messages and audio. Each refusal names its limit."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from maya_site.core.errors import Refusal

MAX_STREAMS_PER_VISIT = 3
MAX_STREAMS_PER_ADDRESS = 100  # the guests of one bar share its Wi-Fi
MAX_STREAMS = 950  # below the limit of maya_site/edge/websockets.py: a refusal can still be sent
FIRST_ACTION_TIMEOUT_SECONDS = 20.0  # a stream on which nothing is done by then is closed
# How long a stream must be idle, or unused, before it may be evicted for another one.
IDLE_TIMEOUT_SECONDS, UNUSED_TIMEOUT_SECONDS = 60.0, 3.0
MESSAGES_PER_MINUTE = 60
MESSAGE_BURST = 20
PLAYBACK_REPORTS_PER_MINUTE = 900
MAX_MALFORMED_PER_MINUTE = 10
MAX_RATE_LIMITED_PER_MINUTE = 60
AUDIO_MS_PER_MINUTE = 66_000
AUDIO_BURST_MS = 5_000


class StreamLimitExceeded(Refusal):
    """One of this module's limits was exceeded; `id` is that of the refused message, if any."""

    def __init__(self, text: str, id: str = "") -> None:
        super().__init__(text)
        self.id = id

    @classmethod
    def for_message(cls, id: str) -> StreamLimitExceeded:
        return cls(f"At most {MESSAGES_PER_MINUTE} messages a minute, {MESSAGE_BURST} of them at once.", id)


class EvictableStream(Protocol):
    """A stream as the connection limiter sees it."""

    last_action_at: float  # time.monotonic() of the last action
    has_acted: bool  # whether there was any action

    def evict(self) -> None:
        """Schedules closing the stream; does not wait."""


@dataclass
class ConnectionLimiter:
    """Counts the open streams of this process, by visit and by client address."""

    streams_by_visit: Counter[str] = field(default_factory=Counter)
    streams_by_address: Counter[str] = field(default_factory=Counter)
    streams: dict[EvictableStream, tuple[str, str]] = field(default_factory=dict)

    def admit(self, visit: str, address: str, stream: EvictableStream) -> None:
        """Counts a stream in; if there is no room, evicts the one that was idle longest.

        Raises StreamLimitExceeded if no stream is idle, or if the visit has its maximum already.
        """
        if self.streams_by_visit[visit] >= MAX_STREAMS_PER_VISIT:
            raise StreamLimitExceeded(
                f"A visit may have at most {MAX_STREAMS_PER_VISIT} streams open at once."
            )
        if self.streams_by_address[address] >= MAX_STREAMS_PER_ADDRESS and not self._evict_idlest(address):
            raise StreamLimitExceeded(f"At most {MAX_STREAMS_PER_ADDRESS} streams from one address at once.")
        if self.streams_by_address.total() >= MAX_STREAMS and not self._evict_idlest():
            raise StreamLimitExceeded(f"At most {MAX_STREAMS} streams at once.")
        self.streams_by_visit[visit] += 1
        self.streams_by_address[address] += 1
        self.streams[stream] = visit, address

    def release(self, stream: EvictableStream) -> None:
        visit, address = self.streams.pop(stream, ("", ""))
        if not visit:
            return  # evicted before
        for inside, who in ((self.streams_by_visit, visit), (self.streams_by_address, address)):
            inside[who] -= 1
            if inside[who] <= 0:
                del inside[who]

    def _evict_idlest(self, address: str = "") -> bool:
        """Streams that were never used go first, then the one that was idle longest."""
        now = time.monotonic()
        idle = [
            one
            for one, (_visit, where) in self.streams.items()
            if address in ("", where)
            and now - one.last_action_at > (IDLE_TIMEOUT_SECONDS if one.has_acted else UNUSED_TIMEOUT_SECONDS)
        ]
        if not idle:
            return False
        idlest = min(idle, key=lambda one: (one.has_acted, one.last_action_at))
        self.release(idlest)
        idlest.evict()
        return True


CONNECTION_LIMITER = ConnectionLimiter()


@dataclass
class TokenBucket:
    """Allows `burst` at once, then `per_minute`."""

    per_minute: int
    burst: int
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _refilled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._refilled_at = float(self.burst), self.clock()

    def try_consume(self, count: float = 1) -> bool:
        now = self.clock()
        self._tokens = min(self.burst, self._tokens + (now - self._refilled_at) * self.per_minute / 60)
        self._refilled_at = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True


def audio_token_bucket() -> TokenBucket:
    """Counts milliseconds of audio: real time, with some slack for clocks and jitter."""
    return TokenBucket(AUDIO_MS_PER_MINUTE, AUDIO_BURST_MS)


@dataclass
class SlidingWindowCounter:
    """Counts events of the last minute."""

    limit: int
    clock: Callable[[], float] = time.monotonic
    _times: deque[float] = field(default_factory=deque)

    def record_and_check(self) -> bool:
        """Counts one event; returns True if that exceeds the limit."""
        now = self.clock()
        while self._times and self._times[0] <= now - 60:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) > self.limit


class StreamRateLimits:
    """The rate limits of one stream."""

    def __init__(self) -> None:
        self.messages = TokenBucket(MESSAGES_PER_MINUTE, MESSAGE_BURST)
        # Playback reports have a limit of their own; beyond it they count as messages.
        self.reports = TokenBucket(PLAYBACK_REPORTS_PER_MINUTE, MESSAGE_BURST)
        self.malformed = SlidingWindowCounter(MAX_MALFORMED_PER_MINUTE)
        self.rate_limited = SlidingWindowCounter(MAX_RATE_LIMITED_PER_MINUTE)
