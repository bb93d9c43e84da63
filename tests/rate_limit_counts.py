"""Whom the rate limits count just now, as whoever reads this process's memory or Redis would see it."""

import redis
from django.conf import settings

from maya_site.core.rate_limits import rate_limiter


def read_rate_limit_counts() -> list[str]:
    told = [repr(key) for key in rate_limiter().local.storage]
    if settings.REDIS_URL:
        with redis.from_url(settings.REDIS_URL) as client:
            names = [name for name in client.scan_iter("maya*") if client.type(name) == b"string"]
            told += [repr((name, client.get(name))) for name in names]
    return told
