"""Barge-in: Maya pauses when somebody begins to speak, and resumes if nothing was said to her."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bartender.models.visits import Visit
from bartender.realtime import protocol
from bartender.realtime.audio_output import ACTIVE_SPEECHES

RESUME_DELAY_SECONDS = 0.2  # after speech has stopped: its transcript may still arrive
MAX_PAUSE_SECONDS = 4.0
ECHO_TAIL_SECONDS = 1.5  # how long Maya's echo may last after her speech


class BargeIn:
    """For one stream. While paused, the page's player holds its audio, so nothing is lost."""

    def __init__(self, visit: Visit, send_frame: Callable[[protocol.Frame], None]) -> None:
        self.visit = visit
        self.send_frame = send_frame
        self.is_half_duplex = False  # set if the client does not cancel echo: one speaks at a time
        self.is_paused = False
        self._resume_timer: asyncio.TimerHandle | None = None
        self._recent_bot_text = ""
        self._bot_last_spoke_at = -ECHO_TAIL_SECONDS

    @property
    def is_bot_speaking(self) -> bool:
        return any(not speech.is_ended for speech in ACTIVE_SPEECHES.get(self.visit.code, ()))

    @property
    def recent_bot_text(self) -> str:
        """What Maya is saying, or said within the last `ECHO_TAIL_SECONDS`; else ""."""
        aloud = [speech for speech in ACTIVE_SPEECHES.get(self.visit.code, ()) if not speech.is_ended]
        if aloud:
            words = [word.text for speech in aloud for word in speech.alignment.words]
            self._recent_bot_text, self._bot_last_spoke_at = " ".join(words), time.monotonic()
        return self._recent_bot_text if self.may_be_echo else ""

    @property
    def may_be_echo(self) -> bool:
        """Whether audio from the microphone may be Maya's own voice, or a back-channel to it."""
        return (
            self.is_bot_speaking
            or self.is_paused
            or time.monotonic() - self._bot_last_spoke_at < ECHO_TAIL_SECONDS
        )

    @property
    def is_input_ignored(self) -> bool:
        """In half duplex, while Maya speaks. Read for every chunk, which keeps `recent_bot_text` fresh."""
        return bool(self.recent_bot_text) and self.is_half_duplex and self.is_bot_speaking

    def pause_output(self) -> None:
        if self.is_bot_speaking and not self.is_paused:
            self.is_paused = True
            self.send_frame(protocol.server_message("hold", on=True))
            self._resume_after(MAX_PAUSE_SECONDS)

    def schedule_resume(self) -> None:
        if self.is_paused:
            self._resume_after(RESUME_DELAY_SECONDS)

    def resume_output(self) -> None:
        if self._resume_timer:
            self._resume_timer.cancel()
        if self.is_paused:
            self.is_paused = False
            self.send_frame(protocol.server_message("hold", on=False))

    def _resume_after(self, seconds: float) -> None:
        if self._resume_timer:
            self._resume_timer.cancel()
        self._resume_timer = asyncio.get_running_loop().call_later(seconds, self.resume_output)
