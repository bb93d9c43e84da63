"""Tasks of the live stream: kept until they end, and never silent about a bug."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError

from maya_site.lib.db import pooled
from maya_site.lib.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

# The event loop itself holds its tasks only weakly.
ALIVE: set[asyncio.Task[Any]] = set()


def keep(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    ALIVE.add(task)
    task.add_done_callback(ALIVE.discard)
    return task


async def guarded(
    what: str, work: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs
) -> bool:
    """Whether it went well. A bug goes to the log with its traceback, and ends this piece of work only.

    The work begins in here: a task that is stopped before its first step leaves no coroutine unawaited.
    """
    try:
        await work(*args, **kwargs)
    except Exception:
        logger.exception("%s failed", what)
        return False
    return True


def patient(work: Callable[P, T]) -> Callable[P, T]:
    """A database that is away is a reason to ask again, not a bug."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the database did not answer: %s", type(error).__name__)
            raise Busy from error

    return run


async def asked(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return await pooled(patient(work), *args, **kwargs)


async def whole(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Database work that a "stop" does not tear: its result is taken first, and then the stop is obeyed.

    Otherwise a turn would not know of what its own thread goes on to commit.
    """
    going = asyncio.ensure_future(asked(work, *args, **kwargs))
    try:
        return await asyncio.shield(going)
    except asyncio.CancelledError:
        me = asyncio.current_task()
        if me is None or going.cancelled():
            raise
        found = await going
        me.uncancel()
        me.cancel()
        return found
