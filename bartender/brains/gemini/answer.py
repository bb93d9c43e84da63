"""One answer of one model: its text as it comes, and its calls once it has ended well."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from google.genai import Client
from google.genai.types import FinishReason, Part

from bartender.brains.base import Call, Feeling, Note, Piece, Result, Scene, Text, Used
from bartender.brains.feelings import feeling
from bartender.brains.gemini import request
from bartender.brains.gemini.failures import PROVIDER, down, ended_badly
from bartender.brains.gemini.house import Manner
from bartender.brains.gemini.mood import Opening
from bartender.brains.gemini.stream import Chunk, chunks, parts
from bartender.brains.patience import Patience
from maya_site.lib.errors import ProviderError, ProviderRejected

MOST_TEXT = 8_000

Rounds = Sequence[Sequence[Result]]


@dataclass
class Answer:
    """One round as it comes in."""

    model: str
    opening: Opening = field(default_factory=Opening)
    parts: list[Part] = field(default_factory=list)  # verbatim: signatures and ids stand where they stood
    finish: FinishReason | None = None
    length: int = 0

    def __post_init__(self) -> None:
        self.counted = self.told = Used(self.model)

    def take(self, chunk: Chunk) -> str:
        """The text that may go on."""
        self._count(chunk)
        if chunk.prompt_feedback and (blocked := chunk.prompt_feedback.block_reason):
            raise ProviderRejected(PROVIDER, blocked.value, "blocked")
        if chunk.candidates and chunk.candidates[0].finish_reason:
            self.finish = chunk.candidates[0].finish_reason
        said = ""
        for part in parts(chunk):
            if part.text != "" or part.thought_signature or part.function_call:
                self.parts.append(part)
            if part.text and not part.thought:
                said += part.text
        room = MOST_TEXT - self.length
        self.length += len(said)
        return self.opening.feed(said[: max(0, room)])

    @property
    def calls(self) -> list[Call]:
        asked = [part.function_call for part in self.parts if part.function_call]
        return [
            Call(one.name or "", one.args or {}, one.id or f"call_{number}")
            for number, one in enumerate(asked)
        ]

    def fresh(self) -> Used:
        """What was used since it was told last."""
        now, before, self.told = self.counted, self.told, self.counted
        return Used(
            self.model,
            now.input - before.input,
            now.output - before.output,
            now.cached - before.cached,
            now.thoughts - before.thoughts,
        )

    def _count(self, chunk: Chunk) -> None:
        """The vendor counts from the beginning of the answer."""
        if usage := chunk.usage_metadata:
            self.counted = Used(
                self.model,
                usage.prompt_token_count or 0,
                usage.candidates_token_count or 0,
                usage.cached_content_token_count or 0,
                usage.thoughts_token_count or 0,
            )


@dataclass(frozen=True)
class Asking:
    """All that one request is made of."""

    client: Client
    model: str
    manner: Manner
    patience: Patience
    scene: Scene
    rounds: Rounds
    kept: dict[int, request.Content]  # this model's earlier answers of the turn


async def ask(asking: Asking) -> AsyncGenerator[Piece, None]:
    """Calls come last: what a stream that broke off asked for is never done."""
    answer = Answer(asking.model)
    try:
        async for text in _read(asking, answer):
            yield Text(text)
            if not answer.told.input:  # so that an answer that is stopped was not for nothing
                yield answer.fresh()
    except ProviderError:
        yield answer.fresh()
        raise
    yield answer.fresh()
    if rest := answer.opening.close():
        yield Text(rest)
    asking.kept[len(asking.rounds)] = request.as_content(answer.parts)
    for piece in _ending(asking, answer):
        yield piece


async def _read(asking: Asking, answer: Answer) -> AsyncGenerator[str, None]:
    config = request.config(asking.scene, asking.model, asking.manner, asking.rounds, asking.kept)
    stream = chunks(asking.client, asking.model, config, asking.patience)
    async with aclosing(stream) as coming:
        async for chunk in coming:
            if text := answer.take(chunk):
                asking.patience.said = True
                yield text
            if answer.length > MOST_TEXT:
                raise down("too_long", "talks and talks")
    if trouble := ended_badly(answer.finish):
        raise trouble
    if not (answer.calls or answer.length):
        raise down("empty", "said nothing")


def _ending(asking: Asking, answer: Answer) -> Iterator[Piece]:
    mood, calls = answer.opening.mood, answer.calls
    if not calls:
        # What the house brain had asked is long answered.
        yield Note({})
        yield Feeling(mood or feeling([result for one in asking.rounds for result in one]))
    elif mood:
        yield Feeling(mood)
    yield from calls
