"""Database work: off the event loop on a few threads, in transactions that are tried again."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Model, QuerySet
from django.db.models.lookups import In

from maya_site.core.errors import Busy
from maya_site.core.query_limit import GUEST_QUERY_SECONDS, query_limit

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
DB_THREAD_POOL = ThreadPoolExecutor(8, thread_name_prefix="maya-db")


class DatabaseThreads(Protocol):
    """Runs a function that talks to the database, away from the event loop."""

    def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


async def run_in_db_thread(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Database work of a socket, on one of a few long-lived threads that check their connections.

    Raises Busy where the database is away: a reason to ask again, not a bug. A cancelled caller does not tear
    the work: its result is taken first, and then the cancellation is obeyed. Otherwise a turn would not know
    of what its own thread goes on to commit.
    """
    in_thread = database_sync_to_async(work, thread_sensitive=False, executor=DB_THREAD_POOL)
    of_a_guest = copy_context()
    of_a_guest.run(query_limit.set, GUEST_QUERY_SECONDS)
    running: asyncio.Task[T] = asyncio.create_task(in_thread(*args, **kwargs), context=of_a_guest)
    try:
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is None or running.cancelled():
                raise
            result = await running
            me.uncancel()
            me.cancel()
            return result
    except (DatabaseError, InterfaceError) as error:
        logger.warning("the database did not answer: %s", type(error).__name__)
        raise Busy from error


def atomic_with_retry(work: Callable[P, T]) -> Callable[P, T]:
    """One transaction. Locked out or cut off, it is tried again from its start; then the bar says so."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            with transaction.atomic():
                return work(*args, **kwargs)
        for attempt in range(MAX_ATTEMPTS):
            try:
                with transaction.atomic():
                    return work(*args, **kwargs)
            except OperationalError as error:
                if attempt == MAX_ATTEMPTS - 1:
                    raise Busy from error
                connection.close_if_unusable_or_obsolete()
                time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))
        raise Busy

    return run


def in_transaction(work: Callable[P, T]) -> Callable[P, T]:
    """The caller's transaction, or one of its own. For work that checks before it writes: its refusals
    leave nothing to roll back, so they cost no savepoint."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return work(*args, **kwargs)
        with transaction.atomic():
            return work(*args, **kwargs)

    return run


def enable_wal(**_: Any) -> None:
    """SQLite: readers do not wait for the writer. The file remembers it, so this is done after a migrate
    and not on every connection, where setting it again can itself fail with "database is locked"."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")


class CompiledQuery(Generic[M]):
    """A lookup that every turn makes: the ORM writes its SQL once, which saves a fifth of a turn's processor.

    `kinds` are the types of the values that the lookup is asked with, in order. Each value has one place
    among the SQL's parameters, found by writing the query for two sets of random values. Raises ValueError at
    the first use where that does not hold (a value is used twice, not at all, or made into something else),
    and TypeError for None and whatever is of another type. Such lookups, and those that lock or read related
    rows, stay with the ORM.
    """

    def __init__(self, lookup: Callable[..., QuerySet[M]], *kinds: type[str] | type[int]) -> None:
        self._build_queryset, self._kinds = lookup, kinds

    def rows(self, *values: str | int) -> list[M]:
        model, sql, params, places = self._compiled
        params = params.copy()
        for place, kind, value in zip(places, self._kinds, values, strict=True):
            if not isinstance(value, kind):
                raise TypeError(f"This lookup takes {kind.__name__}, not {value!r}: write it with the ORM.")
            params[place] = value
        return list(model._default_manager.raw(sql, params))

    def first(self, *values: str | int) -> M | None:
        return next(iter(self.rows(*values)), None)

    @functools.cached_property
    def _compiled(self) -> tuple[type[M], str, list[Any], list[int]]:
        """The model, its SQL, all parameters, and at which places the values stand among them."""
        given = [tuple(map(_random_value, self._kinds)) for _ in range(2)]
        rows, other = (self._build_queryset(*values) for values in given)
        sql, params = rows.query.sql_with_params()
        other_sql, other_params = other.query.sql_with_params()
        pairs, wanted = list(zip(params, other_params, strict=True)), list(zip(*given, strict=True))
        varying = [pair for pair in pairs if pair[0] != pair[1]]
        if sql != other_sql or len(varying) != len(wanted) or any(one not in varying for one in wanted):
            raise ValueError(
                f"Not each value is one parameter of this lookup, so write it with the ORM: {sql}"
            )
        return rows.model, sql, list(params), [pairs.index(one) for one in wanted]


def _random_value(kind: type[str] | type[int]) -> str | int:
    """Like no other of the query, and within every integer column."""
    return secrets.token_urlsafe(24) if kind is str else 2**30 + secrets.randbelow(2**30)


after_commit = transaction.on_commit


def literally_in(path: str, values: Iterable[str]) -> LiteralIn:
    """`path__in=values`, for `filter()`, with the values in the SQL itself. They are the code's own words, in
    the order of the index. SQLite uses an index over a part of a table only where the query says the index's
    condition in the same words, and of a list of parameters it knows none; PostgreSQL needs it for a plan
    that is made before the values are known."""
    return LiteralIn(F(path), [str(value) for value in values])


class LiteralIn(In):
    """Raises ValueError for anything but plain words: they are not escaped."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not self.rhs or not all(value.isidentifier() for value in self.rhs):
            raise ValueError(f"not plain words: {self.rhs}")
        column, params = self.process_lhs(compiler, connection)
        values = ", ".join(f"'{value}'" for value in self.rhs)
        return f"{column} IN ({values})", params
