"""The guest's WebSocket. It checks and dispatches messages, and never waits for a turn or an action."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from channels.exceptions import StopConsumer
from django.utils.translation import activate, gettext_noop
from django.utils.translation import gettext as _

from bartender.models.visits import MAYA_NAME, Visit
from bartender.realtime import limits, protocol, turns
from bartender.realtime.audio_input import AudioInput
from bartender.realtime.audio_output import AudioOutput
from bartender.realtime.client_actions import perform_action
from bartender.realtime.framing import ProtobufFraming, negotiate_framing
from bartender.realtime.limits import CONNECTION_LIMITER, StreamLimitExceeded, StreamRateLimits
from bartender.realtime.session_view import SessionView
from bartender.realtime.snapshot import Announcement, read_initial_state
from bartender.services import visits
from bartender.speech.tts.registry import tts_for_visit
from maya_site.core.client_addresses import scope_client_key
from maya_site.core.cookies import language_of_websocket, read_returning_guest_code, read_visit_code
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import Busy, ProviderError, Refusal
from maya_site.core.metrics import VOICE_SESSIONS
from maya_site.core.rate_limits import TURN_LIMIT, check_rate_limit
from maya_site.core.shutdown_signal import SHUTDOWN
from maya_site.core.websocket_consumer import BaseConsumer, Outbox, run_logged, spawn

logger = logging.getLogger(__name__)

CLOSE_NORMAL = 1000
CLOSE_RESTARTING = 4001
CLOSE_NO_VISIT = 4401
CLOSE_NO_SUBPROTOCOL = 4406
CLOSE_SLOW_CLIENT = 4408
CLOSE_VISIT_ENDED = 4410
CLOSE_IDLE = 4409
CLOSE_LIMIT_EXCEEDED = 4429
CLOSE_MALFORMED = 4400
CLOSE_UNAVAILABLE = 4503
FLUSH_TIMEOUT_SECONDS = 2.0
MAX_QUEUE = 20
GREETING = gettext_noop(
    "Good evening. I'm Maya, an AI, and I tend this bar. If you would rather have a person, just say so."
)
PAYMENT_PROVIDER_DOWN = gettext_noop("The till does not answer. Please try again shortly.")


class GuestConsumer(BaseConsumer):
    """One stream of a guest, who is identified by the signed visit cookie only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit: Visit | None = None
        self.has_acted, self.last_action_at = False, time.monotonic()
        self.unused_timer: asyncio.TimerHandle | None = None
        self.visit_code = ""
        self.is_closing = self.is_closed = False
        self.framing: protocol.Framing = protocol.JsonFraming()
        self.outbox = Outbox(self._send_payload)
        self.rate_limits = StreamRateLimits()
        self.tasks: list[asyncio.Task[Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.address = scope_client_key(scope)
        VOICE_SESSIONS.inc()
        try:
            await super().__call__(scope, receive, send)
        finally:
            VOICE_SESSIONS.dec()
            self._clean_up()

    # --- coming in -----------------------------------------------------------------------------------

    async def connect(self) -> None:
        found = negotiate_framing(self.scope["subprotocols"])
        self.framing, spoken = found or (self.framing, None)
        await self.accept(subprotocol=spoken)
        self.unused_timer = asyncio.get_running_loop().call_later(
            limits.FIRST_ACTION_TIMEOUT_SECONDS, self._close_unused
        )
        self.tasks.append(spawn(self._run_outbox()))
        if found is None:
            self.send_frame(
                protocol.error(f"Ask for the subprotocol {protocol.SUBPROTOCOL}, or for none.", fatal=True)
            )
            return await self.close_with_reason("no common subprotocol", CLOSE_NO_SUBPROTOCOL)
        cookies = self.scope.get("cookies", {})
        code, returning_guest = read_visit_code(cookies), read_returning_guest_code(cookies)
        if not code:
            return await self.close_with_reason("no visit", CLOSE_NO_VISIT)
        try:
            CONNECTION_LIMITER.admit(code, self.address, self)
            self.visit_code = code
            language = language_of_websocket(cookies, self._accept_language())
            self.visit = await run_in_db_thread(
                visits.load_or_build_visit, code, returning_guest=returning_guest, language=language
            )
        except StreamLimitExceeded as refused:
            self.send_frame(protocol.error(str(refused), fatal=True))
            return await self.close_with_reason("too many streams", CLOSE_LIMIT_EXCEEDED, retry_after=10)
        except Busy:
            return await self.close_with_reason("the bar does not answer", CLOSE_UNAVAILABLE, retry_after=5)
        if self.visit is None:
            return await self.close_with_reason("visit over", CLOSE_VISIT_ENDED)
        await self._start_session(self.visit, returning_guest)

    def _accept_language(self) -> str:
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        return headers.get(b"accept-language", b"").decode("latin-1")

    async def _start_session(self, visit: Visit, returning_guest_code: str) -> None:
        activate(visit.language)  # inherited by all tasks that this stream starts
        self.session_view = SessionView(
            visit, self.send_frame, self._on_visit_closed, self._speak_announcement
        )
        self.audio_output = AudioOutput(visit, self)
        self.message_queue = MessageQueue(
            visit, self.send_frame, self.session_view, self.audio_output, returning_guest_code
        )
        self.audio_input = AudioInput(visit, self.send_frame, self.message_queue.enqueue)
        self.audio_output.is_guest_speaking = lambda: self.audio_input.is_guest_speaking
        if isinstance(self.framing, ProtobufFraming):  # a stock client cannot send set-voice
            wish = protocol.SetVoice(id="stock", on=True)
            self.audio_output.set_enabled(wish)
            await self.audio_output.confirm_enabled(wish)
            self.audio_input.requires_opt_in = False
            self.message_queue.sends_greeting = True
        self.tasks += [spawn(run_logged("a stream's news", self.session_view.run))]
        self.tasks += [spawn(run_logged("a stream's fragments", self.session_view.fragments.run))]
        self.tasks += [spawn(run_logged("a stream's buttons", self.message_queue.run))]

    # --- listening -----------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.is_closing or self.visit is None:
            return
        try:
            message = self.framing.decode(text_data, bytes_data)
            # Keep-alives and playback reports are not activity of the guest.
            if not isinstance(message, protocol.Ping | protocol.PlaybackProgress):
                self.has_acted, self.last_action_at = True, time.monotonic()
            if isinstance(message, protocol.InputAudio):
                return self.audio_input.push_audio(message)
            if isinstance(message, protocol.PlaybackProgress) and self.rate_limits.reports.try_consume():
                return self.audio_output.record_playback(message)
            if not self.rate_limits.messages.try_consume():
                raise StreamLimitExceeded.for_message(message.id)
            await self._handle_message(self.visit, message)
        except (protocol.MalformedMessage, StreamLimitExceeded) as refused:
            await self._send_refusal(refused)
        except protocol.UnknownMessageType as unknown:
            in_time = self.rate_limits.messages.try_consume()
            await self._send_refusal(unknown if in_time else StreamLimitExceeded.for_message(unknown.id))

    async def _handle_message(self, visit: Visit, message: protocol.ClientMessage) -> None:
        match message:
            case protocol.Ping():
                self.send_frame(protocol.server_response(message))
            case protocol.Interrupt():
                self.send_frame(protocol.server_response(message, stopped=turns.interrupt_turn(visit)))
            case protocol.SetVoice():
                self.audio_output.set_enabled(message)
                spawn(run_logged("switching the voice", self._confirm_voice, message))
            case protocol.SetMicrophone():
                self.send_frame(self.audio_input.set_microphone(message))
            case protocol.SpeechEnded():
                self.audio_input.end_utterance()
            case protocol.PlaybackProgress():
                self.audio_output.record_playback(message)
            case protocol.DisconnectBot():
                await self.close_with_reason("goodbye", CLOSE_NORMAL)
            case _:
                self.message_queue.enqueue(message)

    async def _confirm_voice(self, message: protocol.SetVoice) -> None:
        self.send_frame(await self.audio_output.confirm_enabled(message))

    async def _send_refusal(self, refusal: Refusal) -> None:
        """Answers and logs each refusal. Closes the stream if there are too many within a minute."""
        logger.info("stream of visit %s: %s", self._log_name, type(refusal).__name__)
        self.send_frame(protocol.error_response(str(refusal), getattr(refusal, "id", "")))
        if isinstance(refusal, protocol.MalformedMessage) and self.rate_limits.malformed.record_and_check():
            await self.close_with_reason(
                "too many messages that I cannot read", CLOSE_MALFORMED, retry_after=30
            )
        elif isinstance(refusal, StreamLimitExceeded) and self.rate_limits.rate_limited.record_and_check():
            await self.close_with_reason("too many messages", CLOSE_LIMIT_EXCEEDED, retry_after=30)

    def _speak_announcement(self, announcement: Announcement) -> bool:
        """Only Maya's own announcements are spoken, not the words of staff."""
        return announcement.speaker == MAYA_NAME and self.audio_output.speak_announcement(
            announcement.id, announcement.text
        )

    # --- speaking ------------------------------------------------------------------------------------

    def send_frame(self, frame: protocol.Frame) -> None:
        self.outbox.put(self.framing.encode(frame))

    def send_audio(self, pcm: bytes) -> None:
        self.outbox.put(self.framing.encode_audio(pcm), is_audio=True)

    def drop_audio(self) -> None:
        self.outbox.drop_audio()

    async def _send_payload(self, payload: str | bytes) -> None:
        await (self.send(payload) if isinstance(payload, str) else self.send(bytes_data=payload))

    async def _run_outbox(self) -> None:
        """Sends until the stream ends, and closes it if the client does not read."""
        await self.outbox.run()
        if not self.is_closed:
            logger.info("stream of visit %s: does not read", self._log_name)
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_TIMEOUT_SECONDS):
                    await self._send_payload(
                        self.framing.encode(protocol.bye("you do not read along", retry_after=1))
                    )
            await self._close(CLOSE_SLOW_CLIENT)

    # --- going ---------------------------------------------------------------------------------------

    async def close_with_reason(self, reason: str, code: int, retry_after: float | None = None) -> None:
        """Sends the reason as a message first: some hosts drop close codes, and none passes reasons on."""
        if self.is_closing:
            return
        self.is_closing = True
        self.send_frame(protocol.bye(reason, retry_after))
        await self.outbox.wait_until_empty(timeout_seconds=FLUSH_TIMEOUT_SECONDS)
        await self._close(code)

    async def _close(self, code: int) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.outbox.close()
            await self.close(code=code)

    async def on_shutdown(self) -> None:
        """Called when the server stops: lets the running turn end, or stops it, then says goodbye."""
        if self.visit and (turn := turns.find_running_turn(self.visit)):
            await turns.stop_gracefully(turn, turns.SHUTDOWN_TURN_TIMEOUT_SECONDS)
        await self.close_with_reason("the bar restarts", CLOSE_RESTARTING, retry_after=1)

    def _close_unused(self) -> None:
        if not self.has_acted:
            spawn(self.close_with_reason("nothing was said on this stream", CLOSE_IDLE, retry_after=30))

    def evict(self) -> None:
        spawn(
            self.close_with_reason("all places are taken, and this one was idle", CLOSE_IDLE, retry_after=15)
        )

    def _on_visit_closed(self) -> None:
        spawn(self.close_with_reason("visit over", CLOSE_VISIT_ENDED))

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """Unlike Channels' own, it does not go through the global sync thread. A running turn goes on."""
        self._clean_up()
        if SHUTDOWN.is_set and self.visit and (turn := turns.find_running_turn(self.visit)):
            await asyncio.wait({turn.task}, timeout=turns.SHUTDOWN_TURN_TIMEOUT_SECONDS)
        raise StopConsumer

    def _clean_up(self) -> None:
        self.is_closed = True
        self.outbox.close()
        for task in self.tasks:
            task.cancel()
        if self.visit is not None:
            self.session_view.stop()
            self.audio_output.stop_all()
            self.audio_input.close()
        if self.unused_timer:
            self.unused_timer.cancel()
        CONNECTION_LIMITER.release(self)

    @property
    def _log_name(self) -> str:
        return self.visit_code[:8] or "none"


class MessageQueue:
    """The requests of one stream, handled one after the other in the order they came."""

    def __init__(
        self,
        visit: Visit,
        send_frame: Callable[[protocol.Frame], None],
        session_view: SessionView,
        audio_output: AudioOutput,
        returning_guest_code: str = "",
    ) -> None:
        self.visit = visit
        self.returning_guest_code = returning_guest_code  # the code of a guest who asked to be remembered
        self.send_frame = send_frame
        self.session_view = session_view
        self.audio_output = audio_output
        self.sends_greeting = False  # for clients without a page that says she is an AI
        self.pending: asyncio.Queue[protocol.ClientMessage] = asyncio.Queue(MAX_QUEUE)

    def enqueue(self, message: protocol.ClientMessage) -> None:
        if self.pending.full():
            raise StreamLimitExceeded(f"At most {MAX_QUEUE} wishes may wait at once.", message.id)
        self.pending.put_nowait(message)

    async def run(self) -> None:
        while True:
            message = await self.pending.get()
            if not await run_logged("a guest's wish", self._handle, message):
                self.send_frame(protocol.error_response(_(turns.INTERNAL_ERROR), message.id))

    async def _handle(self, message: protocol.ClientMessage) -> None:
        try:
            if isinstance(message, protocol.ClientReady):
                self.session_view.show_to(message)
                return await self._send_initial_state()
            if isinstance(message, protocol.SendText):
                await run_in_db_thread(check_rate_limit, TURN_LIMIT, self.visit.code)
            # The visit's row is made by the first action, not by opening the page.
            if self.visit._state.adding:
                await run_in_db_thread(visits.ensure_visit_saved, self.visit, self.returning_guest_code)
            if isinstance(message, protocol.SendText):
                sound, view = self.audio_output, self.session_view
                is_spoken = sound.is_enabled and message.wants_audio
                return turns.start_turn(
                    self.visit,
                    message,
                    lambda: turns.TurnFrames(
                        message, self.send_frame, view, sound.start_speech(message.id) if is_spoken else None
                    ),
                )
            await run_in_db_thread(perform_action, self.visit, message)
            await self.session_view.refresh()  # the tab is told before the button is answered
            self.send_frame(protocol.server_response(message))
        except Refusal as refused:
            logger.info("visit %s, %s: %s", self.visit.code[:8], message.kind, type(refused).__name__)
            self.send_frame(protocol.error_response(str(refused), message.id))
        except ProviderError as error:
            logger.warning("visit %s, %s: %s", self.visit.code[:8], message.kind, error)
            self.send_frame(protocol.error_response(_(PAYMENT_PROVIDER_DOWN), message.id))

    async def _send_initial_state(self) -> None:
        """Sends the conversation and the state, for a new stream as well as after a reconnect."""
        self.send_frame(protocol.bot_ready(audio=tts_for_visit(self.visit) is not None))
        try:
            found = await run_in_db_thread(read_initial_state, self.visit)
        except Busy:
            self.session_view.reset(self.session_view.newest_turn_pk)
            return self.send_frame(protocol.error(_("The bar isn't answering just now. I'll keep trying.")))
        self.session_view.reset(found.newest_turn_pk)
        self.send_frame(protocol.history(found.turns))
        self.send_frame(protocol.server_message("phase", phase=found.phase))
        self.send_frame(protocol.server_message("emotion", emotion=found.emotion))
        if self.sends_greeting and not found.turns:
            text = _(GREETING)
            for frame in protocol.announcement_frames(
                "first-words",
                MAYA_NAME,
                text,
                is_spoken=self.audio_output.speak_announcement("first-words", text),
            ):
                self.send_frame(frame)
