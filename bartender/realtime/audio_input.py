"""One guest's microphone: voice activity, transcription, endpointing and barge-in.

Audio is kept in memory only for as long as its turn, and never written anywhere.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.menu.snapshot import current_menu
from bartender.models.visits import Visit
from bartender.realtime import protocol, turns
from bartender.realtime.barge_in import BargeIn
from bartender.realtime.limits import StreamLimitExceeded, audio_token_bucket
from bartender.realtime.protocol import InputAudio
from bartender.speech.stt.backchannel import is_guest_utterance
from bartender.speech.stt.base import (
    BYTES_PER_MS,
    AudioMarker,
    MicrophoneStream,
    SpeechStarted,
    SpeechToText,
    Transcript,
    TranscriptionEvent,
)
from bartender.speech.stt.registry import get_stt_registry
from bartender.speech.stt.vad import VadEvent, VoiceActivityDetector
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.rate_limits import RateLimit, RateLimitExceeded, check_rate_limit
from maya_site.core.websocket_consumer import run_logged, spawn

STT_UNAVAILABLE = gettext_noop("I can't listen here. Please type instead.")
STT_LOST = gettext_noop("I can't hear you just now. Please type instead.")
MICROPHONE_OFF = "Switch the microphone on first."
AUDIO_TOO_FAST = "Sound may come no faster than it is spoken."
LISTENING_LIMIT = RateLimit(
    "hearing",
    30,
    12 * 60 * 60,
    gettext_noop(
        "I have listened for half an hour, which is all I can do in one visit. Please type from here on."
    ),
)
CHARGE_UNIT_BYTES = 60_000 * BYTES_PER_MS
MAX_QUEUED_CHUNKS = 500
BARGE_IN_MIN_LEVEL = 0.01  # of full scale: quieter input is ignored while Maya speaks
GUEST_USER_ID = "guest"
# Voice activity detection takes milliseconds of CPU, too long for the event loop.
VAD_EXECUTOR = ThreadPoolExecutor(2, thread_name_prefix="maya-ears")


class AudioInput:
    """The microphone of one stream, on its event loop. With `requires_opt_in`, audio is refused until the
    client has switched the microphone on."""

    def __init__(
        self,
        visit: Visit,
        send_frame: Callable[[protocol.Frame], None],
        enqueue_message: Callable[[protocol.ClientMessage], None],
    ) -> None:
        self.visit, self.send_frame, self.enqueue_message = visit, send_frame, enqueue_message
        self.requires_opt_in = True
        self.barge_in = BargeIn(visit, send_frame)
        self._is_on: bool | None = None
        self._microphone: MicrophoneStream | None = None
        self._audio_queue: asyncio.Queue[bytes | AudioMarker] = asyncio.Queue()
        self._vad = VoiceActivityDetector()
        self._audio_bucket = audio_token_bucket()
        self._uncharged_bytes = CHARGE_UNIT_BYTES
        self._turn_id = ""  # message id of the utterance in progress
        self._transcribed_by = ""  # the engine that transcribes
        self._is_speech_announced = False
        self._tasks: list[asyncio.Task[Any]] = []

    # --- what the client does ------------------------------------------------------------------------

    def set_microphone(self, message: protocol.SetMicrophone) -> protocol.Frame:
        self.close()
        ears = get_stt_registry().best_available() if message.on else None
        if message.on and ears is None:
            self._is_on = None
            return protocol.error_response(_(STT_UNAVAILABLE), message.id)
        if ears is None:
            return protocol.server_response(message, on=False)
        self.barge_in.is_half_duplex = not message.echo_cancelled
        self._start()
        return protocol.server_response(message, on=True, ears=ears.name, says=ears.display_name)

    def push_audio(self, audio: InputAudio) -> None:
        """Queues 16 kHz PCM without waiting. Audio that arrives after switching off is dropped.

        Raises UnknownMessageType if the microphone is not on, and StreamLimitExceeded if audio comes too
        fast.
        """
        if self._is_on is False:
            return
        if self._is_on is None and (self.requires_opt_in or get_stt_registry().best_available() is None):
            raise protocol.UnknownMessageType(
                MICROPHONE_OFF if get_stt_registry().best_available() else _(STT_UNAVAILABLE), ""
            )
        if (
            not self._audio_bucket.try_consume(len(audio.pcm) / BYTES_PER_MS)
            or self._audio_queue.qsize() >= MAX_QUEUED_CHUNKS
        ):
            raise StreamLimitExceeded(AUDIO_TOO_FAST)
        if self._is_on is None:
            self._start()
        self._audio_queue.put_nowait(audio.pcm)

    def end_utterance(self) -> None:
        """Push-to-talk was released: ends the turn without waiting for silence."""
        if self._is_on:
            self._audio_queue.put_nowait(AudioMarker.PUSH_TO_TALK_RELEASED)

    def close(self) -> None:
        """Stops listening and drops all audio."""
        self._is_on = False
        if self._microphone:
            self._microphone.close()
        for task in self._tasks:
            task.cancel()
        self._tasks, self._microphone, self._audio_queue = [], None, asyncio.Queue()
        self.barge_in.resume_output()
        self._reset_turn()

    @property
    def is_guest_speaking(self) -> bool:
        return bool(self._turn_id) or self.barge_in.is_paused

    # --- from sound to words -------------------------------------------------------------------------

    def _start(self) -> None:
        self._is_on, self._vad, self._microphone = True, VoiceActivityDetector(), MicrophoneStream()
        self._tasks = [
            spawn(run_logged("a microphone", self._run_vad, self._microphone, self._audio_queue)),
            spawn(run_logged("a pair of ears", self._transcribe, self._microphone)),
        ]

    async def _run_vad(self, microphone: MicrophoneStream, inbox: asyncio.Queue[bytes | AudioMarker]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            part = await inbox.get()
            if isinstance(part, AudioMarker):
                microphone.put_marker(part)
            elif not self.barge_in.is_input_ignored:
                changes = await loop.run_in_executor(VAD_EXECUTOR, self._vad.feed, part)
                microphone.put(part)
                for change in changes:
                    self._handle_vad_change(change, microphone)
                await self._charge_listening(len(part))

    def _handle_vad_change(self, change: VadEvent, microphone: MicrophoneStream) -> None:
        if change is VadEvent.SPEECH_STOPPED:
            microphone.put_marker(AudioMarker.SPEECH_STOPPED)
            self.barge_in.schedule_resume()
        elif not self.barge_in.is_bot_speaking or self._vad.peak_level >= BARGE_IN_MIN_LEVEL:
            microphone.put_marker(AudioMarker.SPEECH_STARTED)
            self.barge_in.pause_output()

    async def _charge_listening(self, size_bytes: int) -> None:
        self._uncharged_bytes += size_bytes
        if self._uncharged_bytes < CHARGE_UNIT_BYTES:
            return
        self._uncharged_bytes -= CHARGE_UNIT_BYTES
        try:
            await run_in_db_thread(check_rate_limit, LISTENING_LIMIT, self.visit.code)
        except RateLimitExceeded as refused:
            self._stop_listening(str(refused))

    async def _transcribe(self, microphone: MicrophoneStream) -> None:
        registry, names = get_stt_registry(), await _menu_terms()
        while ears := registry.best_available():
            try:
                await self._transcribe_with(ears, microphone, names)
            except ProviderError as error:
                registry.report_failure(ears, error)
                if instead := registry.best_available():
                    self.send_frame(
                        protocol.server_message(
                            "microphone", on=True, ears=instead.name, says=instead.display_name
                        )
                    )
            else:
                return
        self._stop_listening(_(STT_LOST))

    async def _transcribe_with(
        self, stt: SpeechToText, microphone: MicrophoneStream, names: list[str]
    ) -> None:
        self._transcribed_by = stt.name
        async with aclosing(cast(Any, stt.transcribe_stream(microphone, names))) as transcripts:
            async for one in transcripts:
                self._handle_stt_event(one)

    def _stop_listening(self, reason: str) -> None:
        self.send_frame(protocol.server_message("microphone", on=False, why=reason))
        asyncio.get_running_loop().call_soon(self.close)  # not from within one of its tasks

    # --- from words to a turn ------------------------------------------------------------------------

    def _handle_stt_event(self, event: TranscriptionEvent) -> None:
        if isinstance(event, SpeechStarted):
            self._turn_id = self._turn_id or f"said-{uuid.uuid4().hex}"
            if not self.barge_in.is_bot_speaking:
                self._announce_speech()
            return
        self._turn_id = self._turn_id or f"said-{uuid.uuid4().hex}"
        meant = self._is_addressed_to_bot(event)
        if meant:
            self._interrupt_bot()
            self._announce_speech()
            self._send_transcription(event)
        if event.is_final:
            self._finish_utterance(event.text if meant else "")

    def _is_addressed_to_bot(self, transcript: Transcript) -> bool:
        if self.barge_in.may_be_echo:
            return is_guest_utterance(
                transcript.text, self.barge_in.recent_bot_text, final=transcript.is_final
            )
        return bool(transcript.text.strip())

    def _interrupt_bot(self) -> None:
        if self.barge_in.is_bot_speaking or turns.find_running_turn(self.visit):
            turns.interrupt_turn(self.visit)
        self.barge_in.resume_output()

    def _announce_speech(self) -> None:
        if not self._is_speech_announced:
            self._is_speech_announced = True
            self.send_frame(protocol.build_frame("user-started-speaking", {}, self._turn_id))

    def _send_transcription(self, transcript: Transcript) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        said = {
            "text": transcript.text,
            "final": transcript.is_final,
            "timestamp": now,
            "user_id": GUEST_USER_ID,
        }
        self.send_frame(protocol.build_frame("user-transcription", said, self._turn_id))

    def _finish_utterance(self, text: str) -> None:
        turn = self._turn_id
        if self._is_speech_announced:
            self.send_frame(protocol.build_frame("user-stopped-speaking", {}, turn))
        self._reset_turn()
        if not text:
            return self.barge_in.resume_output()
        try:
            self.enqueue_message(protocol.transcript_message(text, turn, self._transcribed_by))
        except Refusal as refused:
            self.send_frame(protocol.error_response(str(refused), turn))

    def _reset_turn(self) -> None:
        self._turn_id, self._is_speech_announced = "", False


async def _menu_terms() -> list[str]:
    """Names of available drinks, as key terms for the transcription."""
    try:
        menu = await run_in_db_thread(current_menu)
    except Refusal:
        return []
    return [drink.name for drink in menu.drinks if drink.available]
