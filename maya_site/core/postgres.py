"""PostgreSQL's connections: patience that ends, and locks that a pooler cannot make endless.

A server that hangs answers nothing and closes nothing, so no timeout of its own helps: whoever waits must
look at the clock. A guest waits little more than a second for one question; commands and jobs have no limit.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from maya_site.core.query_limit import query_limit

LOCK_TIMEOUT_MS = 1000
SUSPECTED_HANG_SECONDS = 0.2
SUSPICION_SECONDS = 5.0
GUEST_POOL_SECONDS = 1.3
CONNECT_SECONDS = 3


@dataclass
class Hang:
    """A query went without an answer. Until one is answered again, the next ones are waited for less: a page
    of twenty queries, or one that is tried again, must not wait for each."""

    until: float = 0.0  # by time.monotonic()


HANG = Hang()


class LimitedConnection(psycopg.Connection[Any]):
    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        limit = query_limit.get()
        if timeout is not None or limit is None:
            return super().wait(gen, interval, timeout)
        if time.monotonic() < HANG.until:
            limit = SUSPECTED_HANG_SECONDS
        try:
            found = super().wait(gen, interval, limit)
        except errors._WaitTimeout:
            HANG.until = time.monotonic() + SUSPICION_SECONDS
            self.close()  # nobody knows what of the query will still be done
            raise errors.OperationalError("the database gave no answer in time") from None
        HANG.until = 0.0
        return found


class PooledTransactionConnection(LimitedConnection):
    """Behind PgBouncer in transaction mode. It refuses start-up options, and a SET would stay on a server
    connection that the next transaction of somebody else gets: so each transaction begins with its own."""

    def _start_query(self) -> Generator[Any, Any, None]:
        begins = not self.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE
        yield from super()._start_query()
        if begins:
            yield from self._exec_command(b"SET LOCAL lock_timeout = %d" % LOCK_TIMEOUT_MS)


def database_options(*, is_pooled: bool) -> dict[str, Any]:
    """Django's OPTIONS for PostgreSQL."""
    pool: dict[str, Any] = {"min_size": 2, "max_size": 10, "timeout": GUEST_POOL_SECONDS}
    if is_pooled:
        pool["connection_class"] = PooledTransactionConnection
        return {"pool": pool, "connect_timeout": CONNECT_SECONDS}
    pool["connection_class"] = LimitedConnection
    return {
        "pool": pool,
        "connect_timeout": CONNECT_SECONDS,
        "options": f"-c lock_timeout={LOCK_TIMEOUT_MS}",
    }
