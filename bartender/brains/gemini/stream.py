"""One answer as it comes, chunk by chunk, within the guest's patience, and hung up when not wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from google.genai import Client
from google.genai.types import GenerateContentConfig, GenerateContentResponse, Part

from bartender.brains.gemini.failures import told_apart
from bartender.brains.gemini.request import REPLACED
from bartender.brains.patience import Patience

Chunk = GenerateContentResponse


async def chunks(
    client: Client,
    model: str,
    config: GenerateContentConfig,
    patience: Patience,
) -> AsyncGenerator[Chunk, None]:
    """The next chunk is always being read while this one is dealt with. Only a task that waits deep in the
    connection closes it when cancelled: the SDK's generators do not hand on that they were left."""
    stream = client.aio.models.generate_content_stream(model=model, contents=REPLACED, config=config)
    with told_apart():
        async with asyncio.timeout(patience.left):
            answer = await stream
    reading = asyncio.ensure_future(_next(answer))
    try:
        while True:
            with told_apart():
                async with asyncio.timeout(patience.left):
                    chunk = await reading
            if chunk is None:
                return
            reading = asyncio.ensure_future(_next(answer))
            yield chunk
    finally:
        await _hang_up(answer, reading)


async def _next(answer: AsyncIterator[Chunk]) -> Chunk | None:
    return await anext(answer, None)


async def _hang_up(answer: AsyncIterator[Chunk], reading: asyncio.Future[Chunk | None]) -> None:
    """What had come already is read away, until the task waits for the connection; then it is cancelled."""
    await asyncio.sleep(0)
    while reading.done() and not reading.cancelled() and not reading.exception() and reading.result():
        reading = asyncio.ensure_future(_next(answer))
        await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait({reading})
    if not reading.cancelled():
        reading.exception()  # looked at, so that nobody complains of it later


def parts(chunk: Chunk) -> list[Part]:
    """Of the first candidate: there is one unless more were asked for."""
    candidate = chunk.candidates[0] if chunk.candidates else None
    return (candidate.content.parts if candidate and candidate.content else None) or []
