"""How long a guest's question to the database may go without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Above the lock timeout, so that a lock that is held too long is told as such.
GUEST_QUERY_SECONDS = 1.3

# Seconds; None: without a limit, as for commands and jobs.
query_limit: ContextVar[float | None] = ContextVar("query_limit", default=None)


@contextmanager
def limit_guest_queries() -> Iterator[None]:
    """Within it a query that takes longer than a guest waits raises OperationalError, on PostgreSQL."""
    token = query_limit.set(GUEST_QUERY_SECONDS)
    try:
        yield
    finally:
        query_limit.reset(token)
