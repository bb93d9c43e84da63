"""What a rate limit is, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from maya_site.core.errors import Refusal


@dataclass(frozen=True)
class RateLimit:
    name: str
    max_count: int
    seconds: int
    message: str


class RateLimitExceeded(Refusal):
    def __init__(self, limit: RateLimit, retry_after: int) -> None:
        super().__init__(_(limit.message))
        self.limit, self.retry_after = limit, retry_after


def redis_errors() -> tuple[type[Exception], ...]:
    """Asked for when something went wrong, and only then: Redis' client takes long to import."""
    from redis.exceptions import RedisError

    return (RedisError, OSError)
