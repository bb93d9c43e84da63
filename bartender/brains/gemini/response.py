"""One answer of one model: its text as it comes, and its calls once it has ended well."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from google.genai import Client
from google.genai.types import FinishReason, Part

from bartender.brains.base import (
    BrainOutput,
    BrainState,
    EmotionHint,
    TextChunk,
    TurnContext,
    emotion_for_results,
)
from bartender.brains.deadlines import TurnDeadline
from bartender.brains.gemini import request
from bartender.brains.gemini.config import GenerationSettings
from bartender.brains.gemini.emotion_prefix import EmotionPrefixParser
from bartender.brains.gemini.errors import (
    PROVIDER,
    error_for_finish_reason,
    is_unknown_finish_reason,
    provider_down,
)
from bartender.brains.gemini.stream import Chunk, candidate_parts, stream_chunks
from bartender.dialogue.types import TokenUsage, ToolCall
from bartender.facts import ToolResult
from maya_site.core.errors import ProviderError, ProviderRejected

MAX_TEXT_CHARS = 8_000
MAX_ARGUMENT_DEPTH = 32  # no tool needs more than three; the SDK cannot serialize some hundred

ToolRounds = Sequence[Sequence[ToolResult]]


@dataclass
class StreamedResponse:
    """The answer of one round, as it comes in."""

    model: str
    emotion_parser: EmotionPrefixParser = field(default_factory=EmotionPrefixParser)
    parts: list[Part] = field(default_factory=list)  # verbatim: signatures and ids stand where they stood
    finish_reason: FinishReason | None = None
    text_chars: int = 0

    def __post_init__(self) -> None:
        self.usage = self.reported_usage = TokenUsage(self.model)

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
        room = MAX_TEXT_CHARS - self.text_chars
        self.text_chars += len(said)
        return self.emotion_parser.feed(said[: max(0, room)])

    @property
    def calls(self) -> list[ToolCall]:
        asked = [part.function_call for part in self.parts if part.function_call]
        return [ToolCall(one.name or "", one.args or {}, one.id or "") for one in asked]

    def _is_duplicate_call(self, part: Part) -> bool:
        """Whether a call with this id came before. A call without an id is always another one."""
        id = part.function_call.id if part.function_call else None
        return bool(id) and any(one.function_call and one.function_call.id == id for one in self.parts)

    def take_unreported_usage(self) -> TokenUsage:
        """The tokens used since this was last called."""
        now, before, self.reported_usage = self.usage, self.reported_usage, self.usage
        return TokenUsage(
            self.model,
            now.input - before.input,
            now.output - before.output,
            now.cached - before.cached,
            now.thoughts - before.thoughts,
        )

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


def is_nested_too_deep(value: object, max_depth: int = MAX_ARGUMENT_DEPTH) -> bool:
    """Goes level by level instead of recursing, so that no value can exhaust the stack."""
    level = [value]
    for _ in range(max_depth):
        lists = [
            [*one.values()] if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        ]
        level = [inner for one in lists for inner in one]
        if not level:
            return False
    return True


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


async def generate(generation: GenerationRequest) -> AsyncGenerator[BrainOutput, None]:
    """Yields text as it comes, and calls last, so that none is carried out if the stream breaks off. Raises
    ProviderError."""
    answer = StreamedResponse(generation.model)
    try:
        async for text in _stream_text(generation, answer):
            yield TextChunk(text)
            if not answer.reported_usage.input:  # so that a stopped answer is paid for, too
                yield answer.take_unreported_usage()
    except ProviderError:
        yield answer.take_unreported_usage()
        raise
    yield answer.take_unreported_usage()
    if rest := answer.emotion_parser.close():
        yield TextChunk(rest)
    generation.own_contents[len(generation.rounds)] = request.content_from_parts(answer.parts)
    for piece in _final_outputs(generation, answer):
        yield piece


async def _stream_text(
    generation: GenerationRequest, response: StreamedResponse
) -> AsyncGenerator[str, None]:
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
            if response.text_chars > MAX_TEXT_CHARS:
                raise provider_down("too_long", "talks and talks")
    # An unknown end keeps the text, but calls are carried out only after a good one.
    stands = is_unknown_finish_reason(response.finish_reason) and response.text_chars and not response.calls
    if not stands and (trouble := error_for_finish_reason(response.finish_reason)):
        raise trouble
    if not (response.calls or response.text_chars):
        raise provider_down("empty", "said nothing")


def _final_outputs(generation: GenerationRequest, response: StreamedResponse) -> Iterator[BrainOutput]:
    mood, calls = response.emotion_parser.emotion, response.calls
    if not calls:
        # Drops a question that the rule-based brain may have left open.
        yield BrainState({})
        yield EmotionHint(
            mood or emotion_for_results([result for one in generation.rounds for result in one])
        )
    elif mood:
        yield EmotionHint(mood)
    yield from calls
