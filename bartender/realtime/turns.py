"""Turns on the live stream. Each is a task of its own, which survives a lost socket and can be stopped.

A visit has one running turn at a time, whichever stream it came by. `TurnFrames` turns its events into the
frames of that stream.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import re
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.brains import get_brain
from bartender.conversation.events import (
    EmotionChanged,
    PhaseChanged,
    TabChanged,
    TextDelta,
    ToolUsed,
    TurnEnded,
    TurnEvent,
    TurnStarted,
)
from bartender.conversation.persistence import save_interrupted_reply
from bartender.conversation.turn import take_turn
from bartender.models.visits import Visit
from bartender.realtime import protocol
from bartender.realtime.audio_output import ACTIVE_SPEECHES
from bartender.realtime.protocol import Frame, SendText, SpokenText, build_frame, server_message
from bartender.realtime.speech_stream import SpeechStream
from bartender.services.bills import Bill
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import Refusal
from maya_site.core.log_context import bind_log_context, log_turn_id
from maya_site.core.websocket_consumer import run_logged, spawn

# A new message gives the previous turn this long to end by itself, so that requests in quick succession
# are all done; an interrupt does not. Together with the stop timeout this is a quarter of a second.
PREVIOUS_TURN_GRACE_SECONDS = 0.15
STOP_TIMEOUT_SECONDS = 0.1
TURN_TIMEOUT_SECONDS = 45.0
# On shutdown: how long a turn may still run, and how long saving a stopped one may take.
SHUTDOWN_TURN_TIMEOUT_SECONDS = 3.0
SHUTDOWN_SAVE_TIMEOUT_SECONDS = 1.0
INTERNAL_ERROR = "Something broke on my side. Nothing was charged twice; please try once more."
SENTENCE_PATTERN = re.compile(r".+?[.!?…]+[\"'”’)]*\s+", re.DOTALL)
LAST_WORDS_PATTERN = re.compile(r"\s*\S.*", re.DOTALL)


@dataclass
class RunningTurn:
    id: str
    task: asyncio.Task[None]

    def stop(self) -> None:
        if not self.task.done():
            self.task.cancel()


RUNNING_TURNS: dict[str, RunningTurn] = {}
PENDING_SAVES: dict[str, set[asyncio.Task[bool]]] = {}  # by visit: saves of what was heard of a reply


def find_running_turn(visit: Visit) -> RunningTurn | None:
    now = RUNNING_TURNS.get(visit.code)
    return now if now and not now.task.done() else None


def start_turn(visit: Visit, message: SendText, create_frames: Callable[[], TurnFrames]) -> None:
    """Starts a turn. A message with the id of the running turn waits for that one instead of stopping it.

    `create_frames` is called after the previous speech was stopped, so that the new reply is queued behind
    the rest.
    """
    before = find_running_turn(visit)
    if before and before.id == message.id:
        spawn(_run_turn(None, visit, message, create_frames()))
        return
    if message.interrupts:
        stop_speech(visit)
    frames = create_frames()
    task = spawn(_run_turn(before, visit, message, frames))
    RUNNING_TURNS[visit.code] = RunningTurn(message.id, task)
    task.add_done_callback(lambda done: _on_turn_done(visit.code, done, frames))


def interrupt_turn(visit: Visit) -> bool:
    """Stops the running turn and the speech; returns whether there was anything to stop."""
    now = find_running_turn(visit)
    if now:
        now.stop()
    return stop_speech(visit) or now is not None


def stop_speech(visit: Visit) -> bool:
    """Stops the speech only. What was heard of it is recorded once the turn itself is saved."""
    speaking = list(ACTIVE_SPEECHES.get(visit.code, ()))
    for speech in speaking:
        speech.stop()
    cut = [speech for speech in speaking if speech.was_interrupted]
    now = find_running_turn(visit)
    for speech in cut:
        turn = now.task if now and now.id == speech.id else None
        writing = spawn(
            run_logged("what was heard", _save_played_text, visit, speech.id, speech.played_text(), turn)
        )
        PENDING_SAVES.setdefault(visit.code, set()).add(writing)
        writing.add_done_callback(lambda done: _discard_pending_save(visit.code, done))
    return bool(cut)


async def _save_played_text(visit: Visit, id: str, played_text: str, turn: asyncio.Task[None] | None) -> None:
    if turn:
        await asyncio.wait({turn})
    await run_in_db_thread(save_interrupted_reply, visit, id, played_text)


def _discard_pending_save(code: str, done: asyncio.Task[bool]) -> None:
    PENDING_SAVES[code].discard(done)
    if not PENDING_SAVES[code]:
        del PENDING_SAVES[code]


def _on_turn_done(code: str, done: asyncio.Task[None], frames: TurnFrames) -> None:
    if done.cancelled():  # perhaps before it began
        frames.handle_abort("stopped")
    if (now := RUNNING_TURNS.get(code)) and now.task is done:
        del RUNNING_TURNS[code]


async def stop_gracefully(turn: RunningTurn, timeout_seconds: float) -> None:
    """Gives the turn time to end, then cancels it; what was done and said so far is saved as its answer.

    A page that repeats the message id on another server gets that answer.
    """
    await asyncio.wait({turn.task}, timeout=timeout_seconds)
    turn.stop()
    await asyncio.wait({turn.task}, timeout=SHUTDOWN_SAVE_TIMEOUT_SECONDS)


def finish_running_turns() -> None:
    """Called in a thread when the server stops: also ends the turns whose guests have disconnected."""
    going = [(turn, turn.task.get_loop()) for turn in list(RUNNING_TURNS.values())]
    ending = [
        asyncio.run_coroutine_threadsafe(stop_gracefully(turn, SHUTDOWN_TURN_TIMEOUT_SECONDS), loop)
        for turn, loop in going
    ]
    concurrent.futures.wait(ending, timeout=SHUTDOWN_TURN_TIMEOUT_SECONDS + 2 * SHUTDOWN_SAVE_TIMEOUT_SECONDS)


async def _run_turn(
    previous: RunningTurn | None, visit: Visit, message: SendText, frames: TurnFrames
) -> None:
    if previous:
        await asyncio.wait(
            {previous.task},
            timeout=PREVIOUS_TURN_GRACE_SECONDS if message.interrupts else TURN_TIMEOUT_SECONDS,
        )
        previous.stop()
        await asyncio.wait({previous.task}, timeout=STOP_TIMEOUT_SECONDS)
    if writing := PENDING_SAVES.get(visit.code):
        await asyncio.wait(set(writing), timeout=STOP_TIMEOUT_SECONDS)
    with bind_log_context(turn=log_turn_id(message.id)), override(visit.language):
        if not await run_logged("a turn", _stream_turn, visit, message, frames):
            frames.handle_abort("failed", _(INTERNAL_ERROR))


async def _stream_turn(visit: Visit, message: SendText, frames: TurnFrames) -> None:
    transcribed_by = message.transcribed_by if isinstance(message, SpokenText) else ""
    outputs = take_turn(
        visit, message.content, message.id, get_brain(visit), run_in_db_thread, transcribed_by=transcribed_by
    )
    turn = cast(AsyncGenerator[TurnEvent, None], outputs)
    try:
        async with asyncio.timeout(TURN_TIMEOUT_SECONDS), aclosing(turn) as events:
            async for event in events:
                frames.handle_event(event)
    except Refusal as refused:  # the database is away
        frames.handle_abort("failed", str(refused))


# --- what the stream is sent ---------------------------------------------------------------------------


@dataclass
class SpokenSentence:
    """A sentence to be spoken; `start` and `end` are its character positions in the reply."""

    number: int
    text: str
    start: int
    end: int
    has_started: bool = False


class TabListener(Protocol):
    """What `TurnFrames` needs of the stream's `SessionView`."""

    def send_bill(self, bill: Bill) -> None: ...

    def request_refresh(self) -> None: ...

    def update_brain(self, brain: str) -> None: ...


class TurnFrames:
    """Sends one turn's events to the stream that it came by, with the turn's id on all frames.

    It never blocks, and may still be called after the stream has ended. `speech` reads the reply aloud.
    """

    def __init__(
        self,
        message: SendText,
        send_frame: Callable[[Frame], None],
        session_view: TabListener,
        speech: SpeechStream | None,
    ) -> None:
        self.id = message.id
        self.user_text = message.content
        self.send_frame = send_frame
        self.session_view = session_view
        self.speech = speech
        self.started_at = time.perf_counter()
        self.first_text_seconds: float | None = None
        self.is_ended = False
        self._sentence_buffer = ""
        self._tool_count = 0
        self._output_chars = 0  # characters of the reply that were sent as sentences
        self._spoken_chars = 0  # characters that the voice has reached
        self._sentence_count = 0
        self._unspoken_sentences: deque[SpokenSentence] = deque()  # not spoken to the end yet
        if speech:
            speech.on_word = self.handle_spoken_text

    def handle_event(self, event: TurnEvent) -> None:
        if isinstance(event, TabChanged | TurnEnded):
            self.session_view.send_bill(event.bill)
        self._send_event(event)
        if self.speech:
            self._forward_to_speech(self.speech, event)

    def handle_abort(self, outcome: str, reason: str = "") -> None:
        """The turn ended without a TurnEnded event. Repeated calls send the end once."""
        if reason:
            self.send_frame(protocol.error(reason))
        self._send_stopped(outcome)
        if self.speech:
            self.speech.finish()
        self.session_view.request_refresh()

    def handle_spoken_text(self, char_position: int) -> None:
        """The voice has reached this character of the reply: reports sentences begun and completed."""
        self._spoken_chars = max(char_position, self._spoken_chars)
        while self._unspoken_sentences and self._unspoken_sentences[0].start < self._spoken_chars:
            sentence = self._unspoken_sentences[0]
            if not sentence.has_started:
                sentence.has_started = True
                self._send_sentence(sentence, "in-progress")
            if self._spoken_chars < sentence.end:
                return
            self._unspoken_sentences.popleft()
            self._send_sentence(sentence, "completed")

    def _send_event(self, event: TurnEvent) -> None:
        match event:
            case TurnStarted(notice=notice):
                if notice:
                    self.send_frame(server_message("notice", text=notice))
                self.send_frame(build_frame("user-llm-text", {"text": self.user_text}, self.id))
                self.send_frame(build_frame("bot-llm-started", {}, self.id))
            case TextDelta(text):
                self.first_text_seconds = self.first_text_seconds or time.perf_counter() - self.started_at
                self.send_frame(build_frame("bot-llm-text", {"text": text}, self.id))
                self._sentence_buffer += text
                self._send_sentences()
            case ToolUsed():
                self._tool_count += 1
                name = {"function_name": event.name}
                call = name | {"tool_call_id": f"{self.id}:{self._tool_count}"}
                result = {"cancelled": False, "result": {"ok": event.ok, "text": event.text}}
                shown = {"arguments": event.arguments}
                self.send_frame(build_frame("llm-function-call-started", name, self.id))
                self.send_frame(build_frame("llm-function-call-in-progress", call | shown, self.id))
                self.send_frame(build_frame("llm-function-call-stopped", call | result, self.id))
            case EmotionChanged(emotion):
                self.send_frame(server_message("emotion", emotion=emotion))
            case PhaseChanged(phase):
                self.send_frame(server_message("phase", phase=phase))
            case TurnEnded():
                self._send_ending(event)

    def _send_ending(self, event: TurnEnded) -> None:
        self.session_view.update_brain(event.brain_name)
        self._send_sentences(last=True)
        if event.citations:
            self.send_frame(server_message("citations", turn=self.id, passages=event.citations))
        measured = {"processing": [{"processor": "turn", "value": event.elapsed_ms / 1000}]}
        if self.first_text_seconds is not None:
            measured["ttfb"] = [{"processor": event.brain_name, "value": self.first_text_seconds}]
        self.send_frame(build_frame("metrics", measured, self.id))
        self._send_stopped(event.outcome)

    def _send_stopped(self, outcome: str) -> None:
        """The end of the turn, sent once."""
        if not self.is_ended:
            self.is_ended = True
            self._send_sentences(last=True)
            self.send_frame(build_frame("bot-llm-stopped", {"outcome": outcome}, self.id))

    def _send_sentences(self, *, last: bool = False) -> None:
        """Sends the complete sentences of the buffer; with `last`, all of it."""
        while found := SENTENCE_PATTERN.match(self._sentence_buffer) or (
            last and LAST_WORDS_PATTERN.match(self._sentence_buffer)
        ):
            text, self._sentence_buffer = found[0], self._sentence_buffer[found.end() :]
            start, self._output_chars = self._output_chars, self._output_chars + len(text)
            end = start + max((word.end() for word in re.finditer(r"\w", text)), default=0)
            self._sentence_count += 1
            sentence = SpokenSentence(self._sentence_count, text.strip(), start, end)
            self._send_sentence(sentence, "new" if self.speech else None)
            if self.speech:
                self._unspoken_sentences.append(sentence)
                self.handle_spoken_text(self._spoken_chars)

    def _send_sentence(self, sentence: SpokenSentence, status: str | None) -> None:
        data: dict[str, Any] = {
            "segment_id": sentence.number,
            "text": sentence.text,
            "aggregated_by": "sentence",
            "will_be_spoken": self.speech is not None,
            "spoken_status": status,
        }
        self.send_frame(build_frame("bot-output", data, self.id))

    def _forward_to_speech(self, speech: SpeechStream, event: TurnEvent) -> None:
        match event:
            case TurnStarted(is_new=False):  # a replay for a page that missed it: do not speak it again
                speech.stop()
            case TextDelta(text):
                speech.add_text(text)
            case TurnEnded():
                speech.finish()
