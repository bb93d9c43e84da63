"""One context of Cartesia: what is pushed into it, and what comes back while it may be waited for."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from bartender.voices.base import RATE, Begins, Heard, Sound, Spent, ms_of
from bartender.voices.cartesia.faults import NAME, Fault, told
from bartender.voices.cartesia.line import Context, Event, Line
from bartender.voices.cartesia.times import Times
from bartender.voices.script import Script
from maya_site.lib.errors import ProviderError

CHUNK_MOST = 1 << 20
NEXT_BEGAN_MS = 1_000.0  # so much after the begin of a piece's last word, the next piece may have begun
WORD_LEAST_MS = 150.0
WORD_MOST_MS = 3_000.0  # what is longer than all its words may take is no speech


@dataclass(frozen=True)
class Manner:
    """How it is asked to speak, and how long it is waited for."""

    model: str
    voice: str
    first_sound_within: float = 5.0
    next_sound_within: float = 3.0
    buffer_ms: int = 250
    language: str = "en"

    def request(self) -> Event:
        return {
            "model_id": self.model,
            "voice": self.voice,
            "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE},
            "language": self.language,
            "add_timestamps": True,
            "max_buffer_delay_ms": self.buffer_ms,
        }


class Reply:
    """`before` is how much was heard of the reply before this context, in ms."""

    def __init__(self, line: Line, manner: Manner, before: float) -> None:
        self.line, self.manner, self.before = line, manner, before
        self.made = 0.0
        self.times = Times()
        self.pushed = 0  # pieces
        self.words = 0
        self.last_word = -1  # whose sound was heard to begin
        self.last_at = 0.0
        self.due: deque[Begins] = deque()  # words whose sound has not come yet
        self.sounding = False  # whether sound came since it last had nothing to say
        self.closed = self.ended = False  # all was pushed; all was said

    async def speak(self, script: Script, since: int) -> AsyncIterator[Heard]:
        context = self.line.begin()
        feeding = asyncio.create_task(self._feed(context, script, since))
        try:
            while not context.done:
                for heard in self._read(context, await self._next(context)):
                    yield heard
        finally:
            feeding.cancel()
            self.line.end(context)

    def goes_on_at(self, script: Script, since: int) -> int:
        """The piece to go on with: the same while nothing of it was heard, and never a word twice."""
        if self.ended or not self.made:
            return since + self.pushed * self.ended
        at = next(
            (n for n in range(since, since + self.pushed) if self.last_word < script.pieces[n].end), since
        )
        whole = self.last_word == script.pieces[at].end - 1
        return at + (2 if whole and self.before + self.made - self.last_at > NEXT_BEGAN_MS else 1)

    async def _feed(self, context: Context, script: Script, since: int) -> None:
        request = self.manner.request()
        try:
            async for piece in script.read(since):
                self.times.give(piece)
                self.words += len(piece.words)
                self.pushed += 1
                await self.line.send(context, {**request, "transcript": f"{piece.text} ", "continue": True})
                # From now on sound may be waited for.
                context.events.put_nowait({"type": "pushed", "characters": len(piece.text)})
            self.closed = True
            await self.line.send(context, {**request, "transcript": "", "continue": False})
        except ProviderError as error:
            context.events.put_nowait(error)
        context.events.put_nowait({"type": "pushed"})

    async def _next(self, context: Context) -> Event:
        try:
            async with asyncio.timeout(self._patience()):
                event = await context.events.get()
        except TimeoutError:
            raise Fault("timeout", "no sound in time") from None
        if isinstance(event, ProviderError):
            raise event
        return event

    def _patience(self) -> float | None:
        """None while it has said all that it was given: then nothing is due."""
        if not self.closed and self._said_all():
            return None
        return self.manner.next_sound_within if self.sounding else self.manner.first_sound_within

    def _said_all(self) -> bool:
        if not self.times.told:  # it gives none: as far as one can guess
            return self.made >= WORD_LEAST_MS * self.words
        return self.times.all_told and not self.due

    def _read(self, context: Context, event: Event) -> Iterator[Heard]:
        match event.get("type"):
            case "chunk":
                sound = Sound(self._sound(event.get("data")))
                yield from self._begun()
                yield sound
            case "timestamps":
                self.due += self._words(event.get("word_timestamps"))
                yield from self._begun()
            case "done":
                if self.due or (self.words and not self.made):
                    raise Fault("protocol", "less sound than words")
                context.done = self.ended = True
            case "error":
                raise told(event)
            case "pushed":
                if "characters" in event:
                    yield Spent(NAME, event["characters"])
                self.sounding = self.sounding and not self._said_all()

    def _sound(self, data: Any) -> bytes:
        """Half a sample would make noise of all that follows; so would what is no sound at all."""
        try:
            pcm = base64.b64decode(data, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise Fault("protocol", "sound that cannot be read") from None
        if not pcm or len(pcm) % 2:
            raise Fault("protocol", "half a sample")
        if len(pcm) > CHUNK_MOST or self.made > WORD_MOST_MS * (self.words + 1):
            raise Fault("protocol", "more sound than words")
        self.made += ms_of(pcm)
        self.sounding = True
        return pcm

    def _begun(self) -> Iterator[Begins]:
        """A word is told with its sound, and not before."""
        while self.due and self.due[0].at < self.before + self.made:
            begins = self.due.popleft()
            self.last_word, self.last_at = begins.word, begins.at
            yield begins

    def _words(self, told: Any) -> Iterator[Begins]:
        try:
            pairs = [(str(word), float(at)) for word, at in zip(told["words"], told["start"], strict=True)]
        except (KeyError, TypeError, ValueError):
            raise Fault("protocol", "times that cannot be read") from None
        for word, at in pairs:
            yield from self.times.hear(word, self.before + at * 1000)
