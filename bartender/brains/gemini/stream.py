"""Reads an answer chunk by chunk, within the turn's deadline, and closes the connection if it is not
wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from google.genai import Client
from google.genai.types import GenerateContentConfig, GenerateContentResponse, Part

from bartender.brains.deadlines import TurnDeadline
from bartender.brains.gemini.errors import map_sdk_errors
from bartender.brains.gemini.request import PLACEHOLDER_CONTENTS

Chunk = GenerateContentResponse


async def stream_chunks(
    client: Client,
    model: str,
    config: GenerateContentConfig,
    deadline: TurnDeadline,
) -> AsyncGenerator[Chunk, None]:
    """Yields the chunks, and already reads the next one meanwhile. Raises ProviderError.

    Only a task that waits in the connection closes it when cancelled: the SDK's generators do not pass on
    that they were closed.
    """
    stream = client.aio.models.generate_content_stream(
        model=model, contents=PLACEHOLDER_CONTENTS, config=config
    )
    with map_sdk_errors():
        async with asyncio.timeout(deadline.remaining_seconds):
            answer = await stream
    reading = asyncio.ensure_future(_next_chunk(answer))
    try:
        while True:
            with map_sdk_errors():
                async with asyncio.timeout(deadline.remaining_seconds):
                    chunk = await reading
            if chunk is None:
                return
            reading = asyncio.ensure_future(_next_chunk(answer))
            yield chunk
    finally:
        await _cancel_stream(answer, reading)


async def _next_chunk(response_stream: AsyncIterator[Chunk]) -> Chunk | None:
    return await anext(response_stream, None)


async def _cancel_stream(
    response_stream: AsyncIterator[Chunk], next_chunk: asyncio.Future[Chunk | None]
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


def candidate_parts(chunk: Chunk) -> list[Part]:
    """The parts of the first candidate: there is only one unless more were asked for."""
    candidate = chunk.candidates[0] if chunk.candidates else None
    return (candidate.content.parts if candidate and candidate.content else None) or []
