"""How often somebody may do something: counted in Redis for all processes together, else in this one.

The library `limits` counts, by its sliding window: the last minute is this window plus what is left of the
one before, so nobody gets twice the limit around the change of windows. What is refused does not count.
Where Redis is away, each process counts for itself and allows half: less, never more. Asking may wait for
the network: not on the event loop.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import SlidingWindowCounterRateLimiter

from maya_site.core.errors import Refusal

logger = logging.getLogger(__name__)

REDIS_RETRY_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 0.5  # one that hangs is found away soon, and pages do not wait for it
MAX_LOCAL_KEYS = 10_000


@dataclass(frozen=True)
class RateLimit:
    name: str
    max_count: int
    seconds: int
    message: str


TURN_LIMIT = RateLimit(
    "turns",
    12,
    60,
    gettext_noop("That is more than 12 messages in a minute. Give me a moment, then send it again."),
)
REQUEST_LIMIT = RateLimit("requests", 60, 60, gettext_noop("At most 60 requests a minute from one address."))
PAGE_VIEW_LIMIT = RateLimit("looks", 1200, 60, gettext_noop("At most 1200 looks a minute from one address."))
LOGIN_LIMIT = RateLimit("logins", 20, 300, gettext_noop("At most 20 tries to log in within 5 minutes."))
LOGIN_NAME_LIMIT = RateLimit(
    "login_names", 10, 600, gettext_noop("At most 10 tries with one name in 10 minutes.")
)
INVITATION_VIEW_LIMIT = RateLimit(
    "joins", 30, 60, gettext_noop("At most 30 looks at invitations a minute from one address.")
)
RECEIPT_EMAIL_LIMIT = RateLimit(
    "mails", 3, 600, gettext_noop("At most 3 receipts in ten minutes. They are on their way.")
)
KEY_CHECK_LIMIT = RateLimit(
    "keys", 6, 600, gettext_noop("At most 6 tries with keys in ten minutes. Please wait a little.")
)
STAFF_CALL_LIMIT = RateLimit(
    "calls", 6, 300, gettext_noop("The bar has been called. Please give them a moment to come.")
)
PAYMENT_ATTEMPT_LIMIT = RateLimit(
    "pay", 5, 60, gettext_noop("At most 5 tries to pay a minute. Please wait a little.")
)


class RateLimitExceeded(Refusal):
    def __init__(self, limit: RateLimit, retry_after: int) -> None:
        super().__init__(_(limit.message))
        self.limit, self.retry_after = limit, retry_after


def redis_errors() -> tuple[type[Exception], ...]:
    """Asked for when something went wrong, and only then: Redis' client takes long to import."""
    from redis.exceptions import RedisError

    return (RedisError, OSError)


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
        except redis_errors() as trouble:
            logger.warning("limits are counted here, Redis is away: %s", type(trouble).__name__)
            self._redis_away_until = time.time() + REDIS_RETRY_SECONDS
            return None


@cache
def rate_limiter() -> RateLimiter:
    """This process's own; it talks to Redis at the first check."""
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


def check_rate_limit(limit: RateLimit, subject: str) -> None:
    """Count one more of `subject` (an address, a visit, a name). Raises RateLimitExceeded."""
    rate_limiter().check(limit, subject)
