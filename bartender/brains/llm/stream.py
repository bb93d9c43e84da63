"""Reads an answer chunk by chunk, within the turn's deadline, and closes the connection if it is not
wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from bartender.brains.deadlines import TurnDeadline

ChunkT = TypeVar("ChunkT")


async def iter_chunks(
    open_stream: Callable[[], Awaitable[AsyncIterator[ChunkT]]],
    deadline: TurnDeadline,
    map_errors: Callable[[], AbstractContextManager[None]],
) -> AsyncGenerator[ChunkT, None]:
    """Yields the chunks, and already reads the next one meanwhile. Raises what `map_errors` makes of the
    SDK's errors.

    Only a task that waits in the connection closes it when cancelled: the SDKs' generators do not pass on
    that they were closed.
    """
    with map_errors():
        async with asyncio.timeout(deadline.remaining_seconds):
            answer = await open_stream()
    reading = asyncio.ensure_future(_next_chunk(answer))
    try:
        while True:
            with map_errors():
                async with asyncio.timeout(deadline.remaining_seconds):
                    chunk = await reading
            if chunk is None:
                return
            reading = asyncio.ensure_future(_next_chunk(answer))
            yield chunk
    finally:
        await _cancel_stream(answer, reading)


async def _next_chunk(response_stream: AsyncIterator[ChunkT]) -> ChunkT | None:
    return await anext(response_stream, None)


async def _cancel_stream(
    response_stream: AsyncIterator[ChunkT], next_chunk: asyncio.Future[ChunkT | None]
) -> None:
    """Reads what has arrived already, until the task waits for the connection, and then cancels it."""
    await asyncio.sleep(0)
    while (
        next_chunk.done()
        and not next_chunk.cancelled()
        and not next_chunk.exception()
        and next_chunk.result()
    ):
        next_chunk = asyncio.ensure_future(_next_chunk(response_stream))
        await asyncio.sleep(0)
    next_chunk.cancel()
    await asyncio.wait({next_chunk})
    if not next_chunk.cancelled():
        next_chunk.exception()  # retrieved, so that asyncio does not log it as never retrieved
