"""One reply as audio on one stream, sent at most two seconds ahead of the guest's player."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Protocol, cast

from bartender.realtime import protocol
from bartender.realtime.playback import PLAYOUT_TOLERANCE_MS, PlaybackTracker
from bartender.speech.tts.alignment import TextAlignment
from bartender.speech.tts.base import (
    BYTES_PER_MS,
    AudioChunk,
    SpeechEvent,
    SpeechUsage,
    TextToSpeech,
    duration_ms,
)
from bartender.speech.tts.text_stream import Phrase, TextStream
from maya_site.core import tracing
from maya_site.core.errors import ProviderError
from maya_site.core.metrics import TURN_SECONDS
from maya_site.core.websocket_consumer import run_logged, spawn

logger = logging.getLogger(__name__)

MIN_FRAME_BYTES = 20 * BYTES_PER_MS
MAX_FRAME_BYTES = 100 * BYTES_PER_MS
MAX_SYNTHESIZED_AHEAD_MS = 4_000.0  # unsent audio above which the voice gets no more text
ESTIMATED_WORD_MS = 330.0  # used until the voice has reported the word's start


def _ignore_word(_letter: int) -> None: ...


class SpeechSink(Protocol):
    """What a speech needs of its stream. None of it blocks."""

    def send_frame(self, frame: protocol.Frame) -> None: ...

    def send_audio(self, pcm: bytes) -> None: ...

    def drop_audio(self) -> None:
        """Drops audio that is queued but not sent."""
        ...


class SpeechStream:
    """Speaks one reply or announcement, on the event loop of its stream.

    With `is_reply`, an interruption shortens the recorded text to what was heard; an announcement stays
    whole.
    """

    def __init__(
        self,
        id: str,
        engine: TextToSpeech,
        sink: SpeechSink,
        playback: PlaybackTracker,
        *,
        is_reply: bool = True,
        language: str = "en",
    ) -> None:
        self.id = id
        self.sink = sink
        self.playback = playback
        self.alignment = TextAlignment(language)
        self.is_ended = False
        self.is_reply = is_reply
        self.was_interrupted = False  # by the guest, before it was heard to its end
        self.done = asyncio.Event()
        self.characters_by_engine: Counter[str] = Counter()  # characters, by voice
        self.previous: SpeechStream | None = None  # the speech that is played before this one
        self.on_word: Callable[[int], None] = _ignore_word  # gets the character position reached
        self._requested_at = time.perf_counter()
        self._engine = engine
        self._text_stream = TextStream(language)
        self._pending_text: deque[Phrase] = deque()  # not given to the voice yet
        self._is_text_complete = False
        self._audio_buffer = bytearray()
        self._word_starts_ms: list[float] = []
        self._captioned_words = 0  # words whose caption was sent
        self._has_started = self._is_tts_active = False  # audio was sent; more will follow
        self._is_synthesis_done = False  # no more audio will come
        self._error: ProviderError | None = None
        self._audio_changed = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None

    # --- what Maya says ------------------------------------------------------------------------------

    def add_text(self, text: str) -> None:
        if self.is_ended:
            return
        self._pending_text += self.alignment.add_sentence(text)
        self._feed_engine()
        if self._task is None and self.alignment.words:
            self._task = spawn(run_logged("a speech", self._run))

    def finish(self) -> None:
        """No more text will be added."""
        self._is_text_complete = True
        self._feed_engine()
        if self._task is None:
            self._end()

    def _feed_engine(self) -> None:
        """Gives the voice text for a few seconds ahead only: what is never heard need not be made."""
        while self._pending_text and self._buffered_ms() < MAX_SYNTHESIZED_AHEAD_MS:
            self._text_stream.add(self._pending_text.popleft())
        if self._is_text_complete and not self._pending_text:
            self._text_stream.close()

    def _buffered_ms(self) -> float:
        given = self._text_stream.phrases[-1].end_word if self._text_stream.phrases else 0
        return duration_ms(self._audio_buffer) + (given - len(self._word_starts_ms)) * ESTIMATED_WORD_MS

    # --- what the guest hears ------------------------------------------------------------------------

    def stop(self) -> None:
        """Stops at once: queued audio is dropped, and nothing more is sent."""
        if self.is_ended:
            return
        self.was_interrupted = self.is_reply and not (self._error or self._is_played_out())
        self.sink.drop_audio()
        if self._task:
            self._task.cancel()
        self._end()

    def played_text(self) -> str:
        """The part of the text that was heard, as far as is known."""
        played, words = self.playback.played_ms, 0
        while words + 1 < len(self._word_starts_ms) and self._word_starts_ms[words + 1] <= played:
            words += 1
        return self.alignment.text.strip() if self._is_played_out() else self.alignment.spoken_prefix(words)

    def _is_played_out(self) -> bool:
        return (
            self._is_synthesis_done
            and not self._audio_buffer
            and not self._pending_text
            and self.playback.ahead_ms <= PLAYOUT_TOLERANCE_MS
        )

    async def _run(self) -> None:
        listening = spawn(run_logged("a voice", self._synthesize))
        try:
            await self._play()
        finally:
            listening.cancel()
            self._end()

    async def _synthesize(self) -> None:
        with tracing.speech(self._engine.name) as span:
            try:
                async with aclosing(cast(Any, self._engine.synthesize(self._text_stream))) as events:
                    async for part in events:
                        self._handle_tts_event(part)
            except ProviderError as error:
                logger.warning("a reply goes on without sound: %s", error)
                span.record_error(error)
                self._error = error
            finally:
                span.set_spoken_characters(self.characters_by_engine)
                self._is_synthesis_done = True
                self._audio_changed.set()

    def _handle_tts_event(self, part: SpeechEvent) -> None:
        if isinstance(part, AudioChunk):
            self._audio_buffer += part.pcm
            self._audio_changed.set()
        elif isinstance(part, SpeechUsage):
            if not part.own_key:
                self.characters_by_engine[part.engine_name] += part.characters
        else:
            while len(self._word_starts_ms) <= part.word_index:
                self._word_starts_ms.append(part.at_ms)

    async def _play(self) -> None:
        if self.previous:
            await self.previous.done.wait()
        while frame := await self._next_frame():
            if not await self.playback.wait_for_capacity(duration_ms(frame)):
                return
            self._send_audio_frame(frame)
            self._feed_engine()
        if not self._has_started:
            return self._request_client_speech()
        self._send_tts_stopped()
        await self.playback.wait_until_played()
        if not self._error:
            self.on_word(len(self.alignment.text))  # also what has no words

    async def _next_frame(self) -> bytes:
        """At most 100 ms of PCM, padded with silence to 20 ms; empty at the end of the reply."""
        while len(self._audio_buffer) < MIN_FRAME_BYTES and not self._is_synthesis_done:
            self._audio_changed.clear()
            await self._audio_changed.wait()
        frame = bytes(self._audio_buffer[:MAX_FRAME_BYTES])
        del self._audio_buffer[:MAX_FRAME_BYTES]
        return frame.ljust(MIN_FRAME_BYTES, b"\0") if frame else b""

    def _send_audio_frame(self, frame: bytes) -> None:
        if not self._has_started:
            self._has_started = self._is_tts_active = True
            TURN_SECONDS.labels("first_audio").observe(time.perf_counter() - self._requested_at)
            self._send_event("bot-tts-started")
            self._send_event("bot-started-speaking")
        self._send_captions(until_ms=self.playback.sent_ms + duration_ms(frame))
        self.sink.send_audio(frame)
        self.playback.record_sent(duration_ms(frame))

    def _send_captions(self, until_ms: float) -> None:
        """Sends the words that begin in the next frame, grouped by the part of the text they stand for."""
        while (
            self._captioned_words < len(self._word_starts_ms)
            and self._word_starts_ms[self._captioned_words] < until_ms
        ):
            first = self._captioned_words
            count, written = self.alignment.span_at(first)
            self._captioned_words += count
            said = " ".join(word.text for word in self.alignment.words[first : self._captioned_words])
            self._send_event(
                "bot-tts-text", text=said, written=written, at_ms=round(self._word_starts_ms[first])
            )
            self.on_word(self.alignment.words[self._captioned_words - 1].end)

    def _request_client_speech(self) -> None:
        """If the voice failed before any audio, asks the page to speak with its own."""
        if self._error:
            text = " ".join(word.text for word in self.alignment.words)
            self.sink.send_frame(protocol.server_message("speak", turn=self.id, text=text))

    def _send_tts_stopped(self, **data: Any) -> None:
        if self._is_tts_active:
            self._is_tts_active = False
            self._send_event("bot-tts-stopped", **data)

    def _end(self) -> None:
        if self.is_ended:
            return
        self.is_ended = True
        self._text_stream.close()
        self._audio_buffer.clear()
        self._send_tts_stopped(spoken_text=self.played_text())
        if self._has_started:
            self._send_event("bot-stopped-speaking")
        self.done.set()

    def _send_event(self, type: str, **data: Any) -> None:
        self.sink.send_frame(protocol.build_frame(type, data, self.id))
