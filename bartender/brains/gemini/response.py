"""One answer of one model: its text as it comes, and its calls once it has ended well."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from google.genai import Client
from google.genai.types import FinishReason, Part

from bartender.brains.base import BrainOutput, TurnContext
from bartender.brains.deadlines import TurnDeadline
from bartender.brains.gemini import request
from bartender.brains.gemini.errors import (
    PROVIDER,
    error_for_finish_reason,
    is_unknown_finish_reason,
    provider_down,
)
from bartender.brains.gemini.stream import Chunk, candidate_parts, stream_chunks
from bartender.brains.llm.config import GenerationSettings
from bartender.brains.llm.response import StreamedResponse, ToolRounds, is_nested_too_deep, iter_outputs
from bartender.dialogue.types import TokenUsage, ToolCall
from maya_site.core.errors import ProviderRejected


@dataclass
class GeminiResponse(StreamedResponse):
    parts: list[Part] = field(default_factory=list)  # verbatim: signatures and ids stand where they stood
    finish_reason: FinishReason | None = None

    def add_chunk(self, chunk: Chunk) -> str:
        """Takes in a chunk and returns the text that may go on. Raises ProviderRejected if the prompt was
        blocked, and ProviderDown if arguments are nested too deep."""
        self._update_usage(chunk)
        if chunk.prompt_feedback and (blocked := chunk.prompt_feedback.block_reason):
            raise ProviderRejected(PROVIDER, blocked.value, "blocked")
        if chunk.candidates and chunk.candidates[0].finish_reason:
            self.finish_reason = chunk.candidates[0].finish_reason
        said = ""
        for part in candidate_parts(chunk):
            if (
                self._is_duplicate_call(part) or not part.model_fields_set
            ):  # a kind of part that the SDK does not know
                continue
            if part.function_call and is_nested_too_deep(part.function_call.args):
                raise provider_down("bad_call", "arguments nested too deep")
            if part.text != "" or part.thought_signature or part.function_call:
                self.parts.append(part)
            if part.text and not part.thought:
                said += part.text
        return self.add_text(said)

    @property
    def calls(self) -> list[ToolCall]:
        requested = [part.function_call for part in self.parts if part.function_call]
        return [ToolCall(one.name or "", one.args or {}, one.id or "") for one in requested]

    def _is_duplicate_call(self, part: Part) -> bool:
        """Whether a call with this id came before. A call without an id is always another one."""
        id = part.function_call.id if part.function_call else None
        return bool(id) and any(one.function_call and one.function_call.id == id for one in self.parts)

    def _update_usage(self, chunk: Chunk) -> None:
        """Each chunk has the count since the beginning of the answer."""
        if usage := chunk.usage_metadata:
            self.usage = TokenUsage(
                self.model,
                usage.prompt_token_count or 0,
                usage.candidates_token_count or 0,
                usage.cached_content_token_count or 0,
                usage.thoughts_token_count or 0,
            )


@dataclass(frozen=True)
class GenerationRequest:
    """What one request consists of."""

    client: Client
    model: str
    generation_settings: GenerationSettings
    deadline: TurnDeadline
    context: TurnContext
    rounds: ToolRounds
    own_contents: dict[int, request.Content]  # this model's earlier answers of the turn


def generate(generation: GenerationRequest) -> AsyncGenerator[BrainOutput, None]:
    """The outputs of one request. Raises ProviderError."""
    answer = GeminiResponse(generation.model)
    return iter_outputs(answer, _stream_text(generation, answer), generation.rounds)


async def _stream_text(generation: GenerationRequest, response: GeminiResponse) -> AsyncGenerator[str, None]:
    config = request.build_config(
        generation.context,
        generation.model,
        generation.generation_settings,
        generation.rounds,
        generation.own_contents,
    )
    stream = stream_chunks(generation.client, generation.model, config, generation.deadline)
    async with aclosing(stream) as coming:
        async for chunk in coming:
            if text := response.add_chunk(chunk):
                generation.deadline.has_text = True
                yield text
            if response.is_too_long:
                raise provider_down("too_long", "talks and talks")
    # An unknown end keeps the text, but calls are carried out only after a good one.
    stands = is_unknown_finish_reason(response.finish_reason) and response.text_chars and not response.calls
    if not stands and (error := error_for_finish_reason(response.finish_reason)):
        raise error
    if not (response.calls or response.text_chars):
        raise provider_down("empty", "said nothing")
    generation.own_contents[len(generation.rounds)] = request.content_from_parts(response.parts)
