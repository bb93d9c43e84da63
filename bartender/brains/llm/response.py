"""One answer of one model: its text as it comes, and its calls once it has ended well."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from bartender.brains.base import BrainOutput, BrainState, EmotionHint, TextChunk
from bartender.brains.llm.emotion_prefix import EmotionPrefixParser
from bartender.dialogue.types import TokenUsage, ToolCall
from bartender.facts import ToolResult, emotion_for_results
from maya_site.core.errors import ProviderError

MAX_TEXT_CHARS = 8_000
MAX_ARGUMENT_DEPTH = 32  # no tool needs more than three; an SDK cannot serialize some hundred

ToolRounds = Sequence[Sequence[ToolResult]]


@dataclass
class StreamedResponse(ABC):
    """The answer of one round, as it comes in."""

    model: str
    emotion_parser: EmotionPrefixParser = field(default_factory=EmotionPrefixParser)
    text_chars: int = 0

    def __post_init__(self) -> None:
        self.usage = self.reported_usage = TokenUsage(self.model)

    @property
    @abstractmethod
    def calls(self) -> list[ToolCall]: ...

    @property
    def is_too_long(self) -> bool:
        return self.text_chars > MAX_TEXT_CHARS

    def add_text(self, said: str) -> str:
        """Takes in a piece of the text and returns what may go on."""
        room = MAX_TEXT_CHARS - self.text_chars
        self.text_chars += len(said)
        return self.emotion_parser.feed(said[: max(0, room)])

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


async def iter_outputs(
    response: StreamedResponse, texts: AsyncGenerator[str, None], rounds: ToolRounds
) -> AsyncGenerator[BrainOutput, None]:
    """Yields the texts as they come, and calls last, so that none is carried out if the stream breaks off.
    `texts` feeds the response. Raises ProviderError."""
    try:
        async with aclosing(texts) as coming:
            async for text in coming:
                yield TextChunk(text)
                # At once, so that a stopped answer is paid for, too.
                if response.usage.input and not response.reported_usage.input:
                    yield response.take_unreported_usage()
    except ProviderError:
        yield response.take_unreported_usage()
        raise
    yield response.take_unreported_usage()
    if rest := response.emotion_parser.close():
        yield TextChunk(rest)
    for piece in _final_outputs(response, rounds):
        yield piece


def _final_outputs(response: StreamedResponse, rounds: ToolRounds) -> Iterator[BrainOutput]:
    mood, calls = response.emotion_parser.emotion, response.calls
    if not calls:
        # Drops a question that the rule-based brain may have left open.
        yield BrainState({})
        yield EmotionHint(mood or emotion_for_results([result for one in rounds for result in one]))
    elif mood:
        yield EmotionHint(mood)
    yield from calls


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
