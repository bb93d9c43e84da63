"""Maya's voice on one stream: switched on by the guest, one reply at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.costs.budgets import record_speech_cost_of_turn
from bartender.models.visits import Visit
from bartender.realtime import protocol
from bartender.realtime.playback import PlaybackTracker
from bartender.realtime.speech_stream import SpeechSink, SpeechStream
from bartender.services.own_keys.encryption import OwnKeys, own_keys_enabled
from bartender.services.own_keys.store import fetch_own_keys, own_keys_of
from bartender.speech.tts.base import TextToSpeech
from bartender.speech.tts.lazy import LazyTTS
from bartender.speech.tts.registry import tts_for_visit
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import Busy
from maya_site.core.websocket_consumer import run_logged, spawn

TTS_UNAVAILABLE = gettext_noop("I have no voice here. Please read what I say.")

# A visit's current and queued speeches, on all of its streams.
ACTIVE_SPEECHES: dict[str, list[SpeechStream]] = {}


class AudioOutput:
    def __init__(self, visit: Visit, sink: SpeechSink) -> None:
        self.visit = visit
        self.sink = sink
        self.is_enabled = False
        self.is_guest_speaking: Callable[[], bool] = lambda: False
        self._latest_switch: protocol.SetVoice | None = None
        self._client_reports_playback = False  # whether this stream's player sends reports
        self._speeches: list[SpeechStream] = []

    def set_enabled(self, message: protocol.SetVoice) -> None:
        """Takes effect at once, so that a message sent right after it is spoken or not as requested."""
        self._latest_switch, self.is_enabled = message, message.on
        if not message.on:
            self.stop_all()

    async def confirm_enabled(self, message: protocol.SetVoice) -> protocol.Frame:
        """The answer to `set_enabled`, after a voice was looked for; a newer request wins over this one."""
        voice = tts_for_visit(self.visit, await self._fetch_own_keys()) if message.on else None
        if voice is None and message is self._latest_switch:
            self.is_enabled = False
            self.stop_all()
        if message.on and voice is None:
            return protocol.error_response(_(TTS_UNAVAILABLE), message.id)
        if voice is None:
            return protocol.server_response(message, on=False)
        spawn(run_logged("warming a voice", voice.warm_up))
        return protocol.server_response(message, on=True, voice=voice.name, says=voice.display_name)

    def start_speech(self, id: str) -> SpeechStream:
        """Queues the reply of the turn with this id behind what is being spoken."""
        return self._enqueue(self._create_speech(id))

    def speak_announcement(self, id: str, text: str) -> bool:
        """Queues an announcement, and returns whether it will be spoken.

        It is not if the voice is off, if another window speaks it, or while the guest is speaking.
        """
        by_another = any(speech.id == id for speech in ACTIVE_SPEECHES.get(self.visit.code, ()))
        if not self.is_enabled or self.is_guest_speaking() or by_another:  # another window speaks it
            return False
        news = self._create_speech(id, is_reply=False)
        self._enqueue(news).add_text(text)
        news.finish()
        return True

    def _create_speech(self, id: str, *, is_reply: bool = True) -> SpeechStream:
        language, pace = self.visit.language, PlaybackTracker(self._client_reports_playback)
        return SpeechStream(
            id, LazyTTS(self._resolve_engine), self.sink, pace, is_reply=is_reply, language=language
        )

    def _enqueue(self, speech: SpeechStream) -> SpeechStream:
        aloud = ACTIVE_SPEECHES.setdefault(self.visit.code, [])
        speech.previous = aloud[-1] if aloud else None
        for spoken in (aloud, self._speeches):
            spoken.append(speech)
        spawn(self._remove_when_done(speech))
        return speech

    def record_playback(self, report: protocol.PlaybackProgress) -> None:
        self._client_reports_playback = True
        for speech in self._speeches:
            if speech.id == report.turn:
                speech.playback.record_played(report.ms)

    def stop_all(self) -> None:
        """Stops the sound. The record keeps the full text, because the guest did not interrupt."""
        for speech in list(self._speeches):
            speech.stop()
            speech.was_interrupted = False

    async def _fetch_own_keys(self) -> OwnKeys:
        """Read anew: the guest may have added or deleted keys since the stream began."""
        if not own_keys_enabled():
            return OwnKeys()
        with suppress(Busy):
            return await run_in_db_thread(fetch_own_keys, self.visit)
        return OwnKeys()

    async def _resolve_engine(self) -> TextToSpeech | None:
        """At the first words of a reply the turn has reread the guest's keys. Decryption runs in a thread."""
        own = await asyncio.to_thread(own_keys_of, self.visit) if own_keys_enabled() else OwnKeys()
        return tts_for_visit(self.visit, own)

    async def _remove_when_done(self, speech: SpeechStream) -> None:
        await speech.done.wait()
        self._speeches.remove(speech)
        aloud = ACTIVE_SPEECHES[self.visit.code]
        aloud.remove(speech)
        if not aloud:
            del ACTIVE_SPEECHES[self.visit.code]
        for voice, characters in speech.characters_by_engine.items():
            await run_logged(
                "the cost of a voice",
                run_in_db_thread,
                record_speech_cost_of_turn,
                self.visit,
                speech.id,
                voice,
                characters,
            )
