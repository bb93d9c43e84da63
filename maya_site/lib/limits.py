"""How often somebody may do something, counted together by all processes through the cache.

The last minute is this window plus what is left of the one before, so nobody gets twice the limit around
the change of windows. Where the cache is away, each process counts for itself and allows half: less, never
more. Asking may wait for the network: not on the event loop.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.cache import BaseCache, cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from maya_site.lib.errors import Refused

logger = logging.getLogger(__name__)

FORGIVE_CACHE_AFTER = 5.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Limit:
    name: str
    most: int
    seconds: int
    refusal: str


TURNS = Limit("turns", 12, 60, gettext_noop("At most 12 turns a minute. Take a sip, and tell me then."))
REQUESTS = Limit("requests", 60, 60, gettext_noop("At most 60 requests a minute from one address."))
JOINS = Limit("joins", 30, 60, gettext_noop("At most 30 looks at invitations a minute from one address."))
MAILS = Limit("mails", 3, 600, gettext_noop("At most 3 receipts in ten minutes. They are on their way."))
KEY_TRIES = Limit(
    "keys", 6, 600, gettext_noop("At most 6 tries with keys in ten minutes. Please wait a little.")
)
PAY_CLICKS = Limit("pay", 5, 60, gettext_noop("At most 5 tries to pay a minute. Please wait a little."))


class TooOften(Refused):
    def __init__(self, limit: Limit, retry_after: int) -> None:
        super().__init__(_(limit.refusal))
        self.limit, self.retry_after = limit, retry_after


def cache_trouble() -> tuple[type[Exception], ...]:
    """Asked for when something went wrong, and only then: Redis' client takes long to import."""
    from redis.exceptions import RedisError

    return (RedisError, OSError)


@dataclass
class Counting:
    """The windows of every limit: shared while the cache answers, one's own while it does not."""

    shared: BaseCache = field(default_factory=lambda: cache)
    clock: Callable[[], float] = time.time
    _own: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _away_until: float = 0.0

    def take(self, limit: Limit, who: str) -> None:
        """Count one more, or raise TooOften. What is refused does not count."""
        now = self.clock()
        window, passed = divmod(now, limit.seconds)
        key = f"limit:{limit.name}:{who}"
        keys = (f"{key}:{int(window)}", f"{key}:{int(window) - 1}")
        left = 1 - passed / limit.seconds
        if now >= self._away_until and self._take_shared(limit, keys, left, now):
            return
        if now < self._away_until:
            self._take_own(limit, keys, left)

    def _take_shared(self, limit: Limit, keys: tuple[str, str], left: float, now: float) -> bool:
        """False: the cache is away."""
        try:
            count = self._one_more(keys[0], limit.seconds * 2)
            before = self.shared.get(keys[1], 0)
            if count + before * left <= limit.most:
                return True
            self.shared.decr(keys[0])
        except ValueError:  # the window was forgotten meanwhile; the refusal stands
            logger.debug("a window of %s ended", limit.name)
        except cache_trouble() as trouble:
            logger.warning("limits are counted here, the cache is away: %s", type(trouble).__name__)
            self._away_until = now + FORGIVE_CACHE_AFTER
            return False
        raise TooOften(limit, _wait(limit, left))

    def _one_more(self, key: str, seconds: int) -> int:
        self.shared.add(key, 0, seconds)
        return int(self.shared.incr(key))

    def _take_own(self, limit: Limit, keys: tuple[str, str], left: float) -> None:
        with self._lock:
            if len(self._own) >= MOST_REMEMBERED:
                self._own.clear()
            count = self._own.get(keys[0], 0) + 1
            if count + self._own.get(keys[1], 0) * left > max(1, limit.most // 2):
                raise TooOften(limit, _wait(limit, left))
            self._own[keys[0]] = count


def _wait(limit: Limit, left: float) -> int:
    """Until enough of this window has passed to be counted less. A guess, for Retry-After."""
    return max(1, math.ceil(limit.seconds * min(left, 1 / limit.most)))


COUNTING = Counting()


def take(limit: Limit, who: str) -> None:
    COUNTING.take(limit, who)


def house_of(address: str) -> str:
    """Whom an address stands for. A home has 2^64 addresses of IPv6, and counts once."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False).network_address)
    return str(known)
