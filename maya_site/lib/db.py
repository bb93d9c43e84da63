"""Database work: off the event loop on a few threads, and in transactions that are tried again."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import OperationalError, connection, transaction
from django.db.models import Model, QuerySet

from maya_site.lib.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

TRIES = 3
POOL = ThreadPoolExecutor(8, thread_name_prefix="maya-db")


class Hop(Protocol):
    """Runs a function that talks to the database, away from the event loop."""

    def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


def pooled(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
    """For sockets: one of a few long-lived threads, its connection checked before and after."""
    run: Callable[P, Awaitable[T]] = database_sync_to_async(work, thread_sensitive=False, executor=POOL)
    return run(*args, **kwargs)


def inline(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
    """For forms and the terminal: the thread that called async_to_sync, and its connection."""
    return sync_to_async(work)(*args, **kwargs)


def committed(work: Callable[P, T]) -> Callable[P, T]:
    """One transaction. Locked out or cut off, it is tried again from its start; then the bar says so."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            with transaction.atomic():
                return work(*args, **kwargs)
        for attempt in range(TRIES):
            try:
                with transaction.atomic():
                    return work(*args, **kwargs)
            except OperationalError as error:
                if attempt == TRIES - 1:
                    raise Busy from error
                connection.close_if_unusable_or_obsolete()
                time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))
        raise Busy

    return run


def joined(work: Callable[P, T]) -> Callable[P, T]:
    """The caller's transaction, or one of its own. For work that checks before it writes: its refusals
    leave nothing to roll back, so they cost no savepoint."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return work(*args, **kwargs)
        with transaction.atomic():
            return work(*args, **kwargs)

    return run


def use_wal(**_: Any) -> None:
    """SQLite: readers do not wait for the writer. The file remembers it, so this is done after a migrate
    and not on every connection, where setting it again can itself fail with "database is locked"."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")


class Ready(Generic[M]):
    """A lookup that every turn makes: the ORM writes its SQL once. To write it anew takes the processor twice
    as long as all the rest. `examples` stand for the values, and are told from one another.
    No lock and no related row: those stay with the ORM."""

    def __init__(self, lookup: Callable[..., QuerySet[M]], *examples: str | int) -> None:
        self._lookup, self._examples = lookup, examples

    def rows(self, *values: str | int) -> list[M]:
        model, sql, params = self._written
        given = dict(zip(self._examples, values, strict=True))
        return list(model._default_manager.raw(sql, [given.get(one, one) for one in params]))

    def first(self, *values: str | int) -> M | None:
        return next(iter(self.rows(*values)), None)

    @functools.cached_property
    def _written(self) -> tuple[type[M], str, tuple[Any, ...]]:
        rows = self._lookup(*self._examples)
        sql, params = rows.query.sql_with_params()
        return rows.model, sql, params


def after_commit(tell: Callable[[], object]) -> None:
    transaction.on_commit(tell)
