"""One answer of the model: its text as it comes, and its calls once it has ended well. Chunks are read as the
plain JSON that they are, because servers of all makes leave out what the SDK's types promise."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from openai import AsyncOpenAI, AsyncStream

from bartender.brains.base import BrainOutput, TurnContext
from bartender.brains.deadlines import TurnDeadline
from bartender.brains.llm.config import GenerationSettings
from bartender.brains.llm.response import StreamedResponse, ToolRounds, iter_outputs
from bartender.brains.llm.stream import iter_chunks
from bartender.brains.openai_compatible.errors import (
    PROVIDER,
    error_for_finish_reason,
    is_known_finish_reason,
    map_sdk_errors,
    provider_down,
)
from bartender.brains.openai_compatible.request import OwnAnswer, build_request
from bartender.brains.openai_compatible.thinking import ThinkingFilter
from bartender.brains.openai_compatible.tool_calls import ToolCallCollector, encodable
from bartender.dialogue.types import TokenUsage, ToolCall
from maya_site.core.errors import ProviderRejected

PATH = "/chat/completions"
EVENT_STREAM = "text/event-stream"
MAX_TOKEN_COUNT = 10**9


@dataclass
class CompletionResponse(StreamedResponse):
    collector: ToolCallCollector = field(default_factory=ToolCallCollector)
    thinking_filter: ThinkingFilter = field(default_factory=ThinkingFilter)
    finish_reason: str = ""
    text: str = ""

    def add_chunk(self, chunk: object) -> str:
        """Takes in a chunk and returns the text that may go on. Raises ProviderRejected if the model
        refuses, and ProviderDown if it is no chunk."""
        chunk = _object(chunk)
        self._update_usage(chunk.get("usage"))
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices:  # the last one has the usage alone
            return ""
        choice = _object(choices[0])
        delta = _object(choice.get("delta") or {})
        if delta.get("refusal"):
            raise ProviderRejected(PROVIDER, "refused", "blocked")
        if reason := choice.get("finish_reason"):
            self.finish_reason = str(reason)
        content, calls = delta.get("content") or "", delta.get("tool_calls") or []
        if not (isinstance(content, str) and isinstance(calls, list)):
            raise provider_down("protocol", "no chunk of an answer")
        for call in calls:
            self.collector.add(_object(call))
        return self._say(self.thinking_filter.feed(content))

    def close_text(self) -> str:
        """The text that was held back and is now known to be no thought."""
        return self._say(self.thinking_filter.close())

    @property
    def calls(self) -> list[ToolCall]:
        return self.collector.tool_calls()

    def own_answer(self) -> OwnAnswer:
        return OwnAnswer(encodable(self.text), tuple(self.collector.model_calls()))

    def _say(self, text: str) -> str:
        self.text += text
        return self.add_text(text)

    def _update_usage(self, usage: object) -> None:
        """Each count is since the beginning of the answer."""
        if not isinstance(usage, dict):
            return
        thoughts = _count(usage, "completion_tokens_details", "reasoning_tokens")
        self.usage = TokenUsage(
            self.model,
            _count(usage, "prompt_tokens"),
            max(0, _count(usage, "completion_tokens") - thoughts),
            _count(usage, "prompt_tokens_details", "cached_tokens"),
            thoughts,
        )


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise provider_down("protocol", "no chunk of an answer")
    return value


def _count(usage: dict[str, Any], *path: str) -> int:
    """0 if it is missing, or no number of tokens that there could be."""
    value: object = usage
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKEN_COUNT
    return value if is_count and isinstance(value, int) else 0


@dataclass(frozen=True)
class GenerationRequest:
    """What one request consists of. `priced_model`: the model's name in rows, metrics and prices."""

    client: AsyncOpenAI
    model: str
    priced_model: str
    generation_settings: GenerationSettings
    deadline: TurnDeadline
    context: TurnContext
    rounds: ToolRounds
    own_answers: dict[int, OwnAnswer]  # this model's earlier answers of the turn


def generate(generation: GenerationRequest) -> AsyncGenerator[BrainOutput, None]:
    """The outputs of one request. Raises ProviderError."""
    collector = ToolCallCollector(f"call_{len(generation.rounds)}")
    answer = CompletionResponse(generation.priced_model, collector=collector)
    return iter_outputs(answer, _stream_text(generation, answer), generation.rounds)


async def _stream_text(
    generation: GenerationRequest, response: CompletionResponse
) -> AsyncGenerator[str, None]:
    async with aclosing(_stream_chunks(generation)) as coming:
        async for chunk in coming:
            if text := response.add_chunk(chunk):
                generation.deadline.has_text = True
                yield text
            if response.is_too_long:
                raise provider_down("too_long", "talks and talks")
    if text := response.close_text():
        yield text
    # An unknown end keeps the text, but calls are carried out only after a good one.
    is_unknown = not is_known_finish_reason(response.finish_reason)
    stands = is_unknown and response.text_chars and not response.calls
    if not stands and (error := error_for_finish_reason(response.finish_reason)):
        raise error
    if not (response.calls or response.text_chars):
        raise provider_down("empty", "said nothing")
    generation.own_answers[len(generation.rounds)] = response.own_answer()


def _stream_chunks(generation: GenerationRequest) -> AsyncGenerator[object, None]:
    body = build_request(
        generation.context,
        generation.model,
        generation.generation_settings,
        generation.rounds,
        generation.own_answers,
    )

    async def open_stream() -> AsyncIterator[object]:
        stream = await generation.client.post(
            PATH, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
        )
        if not stream.response.headers.get("content-type", "").startswith(EVENT_STREAM):
            await stream.close()
            raise provider_down("protocol", "no event stream")
        return stream

    return iter_chunks(open_stream, generation.deadline, map_sdk_errors)
