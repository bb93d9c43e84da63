"""Counts what `rate_limits` allows, by the library `limits`; imported at the first check."""

from __future__ import annotations

import logging
import math
import threading
import time
from importlib import import_module

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import SlidingWindowCounterRateLimiter

from maya_site.core.rate_limit_types import RateLimit, RateLimitExceeded, redis_errors

logger = logging.getLogger(__name__)

REDIS_RETRY_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 0.5  # one that hangs is found away soon, and pages do not wait for it
MAX_LOCAL_KEYS = 10_000


class LocalStorage(MemoryStorage):
    """Counts of this process; not for several threads at once.

    The library's own clean-up starts a thread after nearly every hit, which walks all keys while others
    change them. Here keys that ended go once there are many, and all go when that does not help.
    """

    def __init__(self) -> None:
        super().__init__()
        self.timer.cancel()
        self.timer = _NeverStarted(0, int)

    def make_room(self) -> None:
        for key in list(self.storage):
            self.get(key)  # forgets it if it ended
        if len(self.storage) >= MAX_LOCAL_KEYS:
            self.reset()


class _NeverStarted(threading.Timer):
    """Taken for one that is still running, so no other is begun."""

    def is_alive(self) -> bool:
        return True


class RateLimiter:
    """The counts of every limit: those of all processes while Redis answers, one's own while it does not."""

    def __init__(self, shared: Storage | None = None) -> None:
        self.shared, self.local = shared, LocalStorage()
        self._local_lock = threading.Lock()
        self._redis_away_until = 0.0

    def check(self, limit: RateLimit, subject: str) -> None:
        """Count one more. Raises RateLimitExceeded."""
        allowed = self._hit_shared(self.shared, limit, subject) if self.shared else None
        if allowed is None:
            most = max(1, limit.max_count // 2) if self.shared else limit.max_count
            item = RateLimitItemPerSecond(most, limit.seconds)
            with self._local_lock:
                if len(self.local.storage) >= MAX_LOCAL_KEYS:
                    self.local.make_room()
                allowed = SlidingWindowCounterRateLimiter(self.local).hit(item, limit.name, subject)
        if not allowed:
            raise RateLimitExceeded(limit, max(1, math.ceil(limit.seconds / limit.max_count)))

    def _hit_shared(self, storage: Storage, limit: RateLimit, subject: str) -> bool | None:
        """None: Redis is away."""
        if time.time() < self._redis_away_until:
            return None
        try:
            return SlidingWindowCounterRateLimiter(storage).hit(
                RateLimitItemPerSecond(limit.max_count, limit.seconds), limit.name, subject
            )
        except redis_errors() as error:
            logger.warning("limits are counted here, Redis is away: %s", type(error).__name__)
            self._redis_away_until = time.time() + REDIS_RETRY_SECONDS
            return None


def build_rate_limiter() -> RateLimiter:
    if not settings.REDIS_URL:
        return RateLimiter()
    # Whole, before the storage asks for its version: of one that another thread is importing it finds none.
    import_module("redis")
    return RateLimiter(
        RedisStorage(
            settings.REDIS_URL,
            key_prefix="maya:limit",
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
        )
    )
