"""Opens the stream of an answer, and finds its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable

from google.genai import Client
from google.genai.types import GenerateContentConfig, GenerateContentResponse, Part

from bartender.brains.deadlines import TurnDeadline
from bartender.brains.gemini.errors import map_sdk_errors
from bartender.brains.gemini.request import PLACEHOLDER_CONTENTS
from bartender.brains.llm.stream import iter_chunks

Chunk = GenerateContentResponse


def stream_chunks(
    client: Client,
    model: str,
    config: GenerateContentConfig,
    deadline: TurnDeadline,
) -> AsyncGenerator[Chunk, None]:
    """Yields the chunks. Raises ProviderError."""

    def open_stream() -> Awaitable[AsyncIterator[Chunk]]:
        return client.aio.models.generate_content_stream(
            model=model, contents=PLACEHOLDER_CONTENTS, config=config
        )

    return iter_chunks(open_stream, deadline, map_sdk_errors)


def candidate_parts(chunk: Chunk) -> list[Part]:
    """The parts of the first candidate: there is only one unless more were asked for."""
    candidate = chunk.candidates[0] if chunk.candidates else None
    return (candidate.content.parts if candidate and candidate.content else None) or []
