"""One Cartesia context: sends phrases, and yields audio and word times with timeouts."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from bartender.speech.tts.base import (
    SAMPLE_RATE_HZ,
    AudioChunk,
    SpeechEvent,
    SpeechUsage,
    WordStart,
    duration_ms,
)
from bartender.speech.tts.cartesia.connection import CartesiaConnection, ContextInbox, ServerMessage
from bartender.speech.tts.cartesia.errors import NAME, CartesiaFailure, error_from_event
from bartender.speech.tts.cartesia.word_timestamps import WordTimestampMatcher
from bartender.speech.tts.text_stream import TextStream
from maya_site.core.errors import ProviderError

MAX_CHUNK_BYTES = 1 << 20
NEXT_PHRASE_AFTER_MS = 1_000.0  # after the start of a phrase's last word, the next phrase may have begun
MIN_WORD_MS = 150.0
MAX_WORD_MS = 3_000.0  # more audio than this for each word is rejected


@dataclass(frozen=True)
class SynthesisOptions:
    """The request's parameters, and how long to wait for audio."""

    model: str
    voice: str
    first_audio_timeout_seconds: float = 5.0
    next_audio_timeout_seconds: float = 3.0
    max_buffer_ms: int = 250
    language: str = "en"

    def to_request(self) -> ServerMessage:
        return {
            "model_id": self.model,
            "voice": self.voice,
            "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": SAMPLE_RATE_HZ},
            "language": self.language,
            "add_timestamps": True,
            "max_buffer_delay_ms": self.max_buffer_ms,
        }


class SpeechContext:
    """Speaks a reply, or the rest of one; `offset_ms` is how much of it was spoken before."""

    def __init__(self, connection: CartesiaConnection, options: SynthesisOptions, offset_ms: float) -> None:
        self.connection, self.options, self.offset_ms = connection, options, offset_ms
        self.received_ms = 0.0
        self.timestamps = WordTimestampMatcher()
        self.sent_phrases = 0
        self.sent_words = 0
        self.last_started_word = -1  # index of the last word whose audio has arrived
        self.last_started_ms = 0.0
        self.pending_starts: deque[WordStart] = deque()  # word starts whose audio has not arrived
        self.is_audio_flowing = False  # whether audio arrived since it last had caught up
        self.all_sent = self.all_received = False  # all text was sent; all audio has arrived

    async def synthesize(self, script: TextStream, first_phrase: int) -> AsyncIterator[SpeechEvent]:
        context = self.connection.open_context()
        feeding = asyncio.create_task(self._send_phrases(context, script, first_phrase))
        try:
            while not context.is_done:
                for event in self._handle_message(context, await self._next_message(context)):
                    yield event
        finally:
            feeding.cancel()
            self.connection.close_context(context)

    def resume_phrase_index(self, script: TextStream, first_phrase: int) -> int:
        """Where another context goes on: the same phrase if none of it was heard, and no word twice."""
        if self.all_received or not self.received_ms:
            return first_phrase + self.sent_phrases * self.all_received
        at = next(
            (
                n
                for n in range(first_phrase, first_phrase + self.sent_phrases)
                if self.last_started_word < script.phrases[n].end_word
            ),
            first_phrase,
        )
        is_finished = self.last_started_word == script.phrases[at].end_word - 1
        return at + (
            2
            if is_finished and self.offset_ms + self.received_ms - self.last_started_ms > NEXT_PHRASE_AFTER_MS
            else 1
        )

    async def _send_phrases(self, context: ContextInbox, script: TextStream, first_phrase: int) -> None:
        request = self.options.to_request()
        try:
            async for piece in script.iter_phrases(first_phrase):
                self.timestamps.add_phrase(piece)
                self.sent_words += len(piece.words)
                self.sent_phrases += 1
                await self.connection.send(
                    context, {**request, "transcript": f"{piece.text} ", "continue": True}
                )
                # Wakes the receiver, whose audio timeout starts now.
                context.events.put_nowait({"type": "pushed", "characters": len(piece.text)})
            self.all_sent = True
            await self.connection.send(context, {**request, "transcript": "", "continue": False})
        except ProviderError as error:
            context.events.put_nowait(error)
        context.events.put_nowait({"type": "pushed"})

    async def _next_message(self, context: ContextInbox) -> ServerMessage:
        try:
            async with asyncio.timeout(self._audio_timeout_seconds()):
                event = await context.events.get()
        except TimeoutError:
            raise CartesiaFailure("timeout", "no sound in time") from None
        if isinstance(event, ProviderError):
            raise event
        return event

    def _audio_timeout_seconds(self) -> float | None:
        """None while all that was sent has been spoken: then no audio is due."""
        if not self.all_sent and self._is_caught_up():
            return None
        return (
            self.options.next_audio_timeout_seconds
            if self.is_audio_flowing
            else self.options.first_audio_timeout_seconds
        )

    def _is_caught_up(self) -> bool:
        if not self.timestamps.has_matches:  # no timestamps: an estimate by duration
            return self.received_ms >= MIN_WORD_MS * self.sent_words
        return self.timestamps.all_matched and not self.pending_starts

    def _handle_message(self, context: ContextInbox, event: ServerMessage) -> Iterator[SpeechEvent]:
        match event.get("type"):
            case "chunk":
                sound = AudioChunk(self._decode_audio(event.get("data")))
                yield from self._release_word_starts()
                yield sound
            case "timestamps":
                self.pending_starts += self._parse_timestamps(event.get("word_timestamps"))
                yield from self._release_word_starts()
            case "done":
                if self.pending_starts or (self.sent_words and not self.received_ms):
                    raise CartesiaFailure("protocol", "less sound than words")
                context.is_done = self.all_received = True
            case "error":
                raise error_from_event(event)
            case "pushed":
                if "characters" in event:
                    yield SpeechUsage(NAME, event["characters"])
                self.is_audio_flowing = self.is_audio_flowing and not self._is_caught_up()

    def _decode_audio(self, data: Any) -> bytes:
        """Raises CartesiaFailure for anything but whole samples, which would turn the rest into noise."""
        try:
            pcm = base64.b64decode(data, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise CartesiaFailure("protocol", "sound that cannot be read") from None
        if not pcm or len(pcm) % 2:
            raise CartesiaFailure("protocol", "half a sample")
        if len(pcm) > MAX_CHUNK_BYTES or self.received_ms > MAX_WORD_MS * (self.sent_words + 1):
            raise CartesiaFailure("protocol", "more sound than words")
        self.received_ms += duration_ms(pcm)
        self.is_audio_flowing = True
        return pcm

    def _release_word_starts(self) -> Iterator[WordStart]:
        """Yields word starts only once their audio has arrived."""
        while self.pending_starts and self.pending_starts[0].at_ms < self.offset_ms + self.received_ms:
            begins = self.pending_starts.popleft()
            self.last_started_word, self.last_started_ms = begins.word_index, begins.at_ms
            yield begins

    def _parse_timestamps(self, timestamps: Any) -> Iterator[WordStart]:
        try:
            pairs = [
                (str(word), float(at))
                for word, at in zip(timestamps["words"], timestamps["start"], strict=True)
            ]
        except (KeyError, TypeError, ValueError):
            raise CartesiaFailure("protocol", "times that cannot be read") from None
        for word, at in pairs:
            yield from self.timestamps.match_word(word, self.offset_ms + at * 1000)
