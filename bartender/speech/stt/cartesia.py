"""Cartesia's streaming transcription, which also detects the ends of turns.

The SDK's connection objects are not reused after a failure, and its own reconnecting is not used, because it
then parses audio as text. After a reconnect the audio of the current turn is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

from bartender.speech.stt.base import (
    BYTES_PER_MS,
    SAMPLE_RATE_HZ,
    AudioMarker,
    MicrophoneStream,
    SpeechStarted,
    SpeechToText,
    STTProviderSpec,
    Transcript,
    TranscriptionEvent,
)
from maya_site.core.errors import ProviderDown, ProviderError, ProviderRejected

if TYPE_CHECKING:
    from cartesia import AsyncCartesia

logger = logging.getLogger(__name__)

NAME = "cartesia"
RECONNECT_DELAYS_SECONDS = (0.1, 0.5)  # before each of the two reconnects
CLOSE_TIMEOUT_SECONDS = 0.5
MAX_MESSAGE_BYTES = 256 << 10
MAX_TRANSCRIPT_CHARS = 4_000  # of one turn
MAX_KEYTERMS = 100
TURN_END_TIMEOUT_MS = 1_000
FRAME_BYTES = 100 * BYTES_PER_MS
END_OF_TURN_SILENCE = bytes(
    1_300 * BYTES_PER_MS
)  # sent when push-to-talk is released; long enough for Cartesia to end the turn
MAX_REPLAY_BYTES = 20_000 * BYTES_PER_MS
MAX_IDLE_REPLAY_BYTES = 1_000 * BYTES_PER_MS
MAX_MISSED_TURNS = 2
RETRYABLE_STATUSES = {408, 409, 425, 429}


class UtteranceState:
    """The current turn as Cartesia reports it, with its audio, in case it must be sent again."""

    def __init__(self) -> None:
        self.is_open = False
        self.speech_detected = False  # by our own voice activity detection
        self.text = ""
        self.replay_audio = bytearray()
        self.end_deadline: float | None = None  # when the turn is ended without Cartesia
        self.is_completed = False  # this connection has completed a turn with text
        self.missed_turns = 0  # turns of speech without any event from Cartesia

    def record_audio(self, pcm: bytes) -> None:
        self.replay_audio += pcm
        del self.replay_audio[: -(MAX_REPLAY_BYTES if self.is_open else MAX_IDLE_REPLAY_BYTES)]

    def handle_event(self, event: Any) -> TranscriptionEvent | None:
        self.missed_turns = 0
        match event.type:
            case "turn.start":
                self.is_open, self.text = True, ""
                return SpeechStarted()
            case "turn.update" | "turn.eager_end" if self.is_open:
                self.text = event.transcript[:MAX_TRANSCRIPT_CHARS]
                return Transcript(self.text)
            case "turn.end" if self.is_open:
                self.text = event.transcript[:MAX_TRANSCRIPT_CHARS]
                return self.finish()
        return None  # also late events of a turn that was ended without Cartesia

    def expect_end_by(self, deadline: float) -> None:
        """The speaker has fallen silent. Ignored if Cartesia has ended the turn already."""
        if self.is_open or self.speech_detected:
            self.end_deadline = deadline

    def finish(self) -> Transcript:
        said, self.text = self.text.strip(), ""
        self.is_completed = bool(said)
        self.is_open, self.speech_detected, self.end_deadline = False, False, None
        self.replay_audio.clear()
        return Transcript(said, is_final=True)


class CartesiaSTT:
    name = NAME
    display_name = "Cartesia"

    def __init__(
        self,
        key: str,
        model: str,
        base_url: str = "",
        connect_timeout_seconds: float = 5.0,
        turn_end_timeout_seconds: float = 2.5,
        reconnect_delays_seconds: tuple[float, ...] = RECONNECT_DELAYS_SECONDS,
    ) -> None:
        self._key, self._model, self._base_url = key, model, base_url
        self._connect_timeout_seconds, self._turn_end_timeout_seconds, self._reconnect_delays_seconds = (
            connect_timeout_seconds,
            turn_end_timeout_seconds,
            reconnect_delays_seconds,
        )
        self._client: AsyncCartesia | None = None

    async def warm_up(self) -> None:
        """Imports the SDK in a thread, as that takes a quarter of a second."""
        if self._client is None:
            self._client = await asyncio.to_thread(_build_client, self._key, self._base_url)

    async def transcribe_stream(
        self, microphone: MicrophoneStream, keyterms: Sequence[str]
    ) -> AsyncIterator[TranscriptionEvent]:
        await self.warm_up()
        turn, tries = UtteranceState(), 0
        while True:
            try:
                async with aclosing(cast(Any, self._run_connection(microphone, keyterms, turn))) as events:
                    async for event in events:
                        yield event
            except ProviderDown as error:
                tries = 0 if turn.is_completed else tries
                turn.is_completed = False
                if tries == len(self._reconnect_delays_seconds) or microphone.is_closed:
                    raise
                logger.info("listening on a new line: %s", error)
                await asyncio.sleep(self._reconnect_delays_seconds[tries])
                tries += 1
            else:
                return

    async def _run_connection(
        self, microphone: MicrophoneStream, keyterms: Sequence[str], turn: UtteranceState
    ) -> AsyncIterator[TranscriptionEvent]:
        async with self._connect(keyterms) as line:
            sending = asyncio.create_task(self._send_audio(line, microphone, turn))
            try:
                await self._wait_for_greeting(line)
                while not sending.done():
                    if event := await self._next_event(line, sending, turn):
                        yield event
                sending.result()
            finally:
                sending.cancel()
                with suppress(asyncio.CancelledError, ProviderError):
                    await sending

    @asynccontextmanager
    async def _connect(self, keyterms: Sequence[str]) -> AsyncIterator[Any]:
        assert self._client is not None
        # The SDK's type lacks close_timeout; the library under it has it.
        options: Any = {"close_timeout": CLOSE_TIMEOUT_SECONDS, "max_size": MAX_MESSAGE_BYTES}
        manager = self._client.stt.auto_finalize.websocket(
            model=self._model,
            encoding="pcm_s16le",
            sample_rate=SAMPLE_RATE_HZ,
            keyterm=list(keyterms)[:MAX_KEYTERMS],
            turn_end_timeout_ms=TURN_END_TIMEOUT_MS,
            websocket_connection_options=options,
        )
        with _map_sdk_errors():
            async with asyncio.timeout(self._connect_timeout_seconds):
                line = await manager.enter()
        try:
            yield line
        finally:
            await line.close()

    async def _wait_for_greeting(self, line: Any) -> None:
        """A connection that is accepted but stays silent is treated as dead."""
        with _map_sdk_errors():
            async with asyncio.timeout(self._connect_timeout_seconds):
                _raise_on_error(await line.recv())

    async def _send_audio(self, line: Any, microphone: MicrophoneStream, turn: UtteranceState) -> None:
        with _map_sdk_errors():
            await _send_pcm(
                line, bytes(turn.replay_audio) + (END_OF_TURN_SILENCE if turn.end_deadline else b"")
            )
            async for part in microphone.read_audio():
                if isinstance(part, bytes):
                    turn.record_audio(part)
                    await line.send_raw(part)
                elif part is AudioMarker.SPEECH_STARTED:
                    turn.speech_detected, turn.end_deadline = True, None
                else:
                    turn.expect_end_by(asyncio.get_running_loop().time() + self._turn_end_timeout_seconds)
                    await _send_pcm(
                        line, END_OF_TURN_SILENCE if part is AudioMarker.PUSH_TO_TALK_RELEASED else b""
                    )

    async def _next_event(
        self, line: Any, sending: asyncio.Task[None], turn: UtteranceState
    ) -> TranscriptionEvent | None:
        now = asyncio.get_running_loop().time()
        receiving = asyncio.ensure_future(line.recv())
        try:
            await asyncio.wait(
                {receiving, sending},
                timeout=1.0 if turn.end_deadline is None else max(0.0, turn.end_deadline - now),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not receiving.done():
                return self._end_overdue_turn(turn)
            with _map_sdk_errors():
                event = receiving.result()
        finally:
            receiving.cancel()
        _raise_on_error(event)
        return turn.handle_event(event)

    def _end_overdue_turn(self, turn: UtteranceState) -> TranscriptionEvent | None:
        """Ends a turn that Cartesia does not end, with the text so far.

        Raises ProviderDown after two turns of speech without a single event.
        """
        if turn.end_deadline is None or asyncio.get_running_loop().time() < turn.end_deadline:
            return None
        turn.missed_turns += not turn.is_open
        if turn.missed_turns >= MAX_MISSED_TURNS:
            turn.end_deadline, turn.missed_turns = None, 0
            raise ProviderDown(NAME, "hears nothing of what is said")
        return turn.finish()


def _build_client(key: str, base_url: str) -> AsyncCartesia:
    from cartesia import AsyncCartesia

    if not base_url:
        return AsyncCartesia(api_key=key)
    return AsyncCartesia(api_key=key, base_url=base_url, websocket_base_url=base_url.replace("http", "ws", 1))


async def _send_pcm(line: Any, pcm: bytes) -> None:
    for at in range(0, len(pcm), FRAME_BYTES):
        await line.send_raw(pcm[at : at + FRAME_BYTES])


def _raise_on_error(event: Any) -> None:
    if event.type == "error":
        raise _error_for_status(event.status_code)


def _error_for_status(status: int) -> ProviderError:
    wrong = 400 <= status < 500 and status not in RETRYABLE_STATUSES
    return (ProviderRejected if wrong else ProviderDown)(NAME, f"answers {status}")


@contextmanager
def _map_sdk_errors() -> Iterator[None]:
    """Maps SDK errors to ours by type; their texts may hold what was sent, so they are dropped."""
    from cartesia import CartesiaError
    from websockets.exceptions import InvalidStatus, WebSocketException

    try:
        yield
    except InvalidStatus as refused:
        raise _error_for_status(refused.response.status_code) from None
    except (WebSocketException, CartesiaError, OSError, TimeoutError) as error:
        raise ProviderDown(NAME, type(error).__name__) from None


def _build() -> SpeechToText:
    return CartesiaSTT(settings.CARTESIA_API_KEY, settings.CARTESIA_STT_MODEL, settings.CARTESIA_BASE_URL)


SPEC = STTProviderSpec(
    name=NAME,
    display_name=CartesiaSTT.display_name,
    build=_build,
    settings=("CARTESIA_API_KEY", "CARTESIA_STT_MODEL", "CARTESIA_BASE_URL"),
    enabled_by=("CARTESIA_API_KEY",),
    url_settings=("CARTESIA_BASE_URL",),
)
