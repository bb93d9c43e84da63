"""Maya holds her tongue when somebody begins to speak, and goes on where nothing was said to her."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bartender.models.visits import Visit
from bartender.realtime import protocol
from bartender.realtime.audio_output import ACTIVE_SPEECHES

RESUME_DELAY_SECONDS = 0.2  # from when somebody is known to be silent again: words may still come
MAX_PAUSE_SECONDS = 4.0
ECHO_TAIL_SECONDS = 1.5  # how long her own voice may still come back from the room


class BargeIn:
    """Of one stream. The page pauses what it plays; nothing of it is lost."""

    def __init__(self, visit: Visit, send_frame: Callable[[protocol.Frame], None]) -> None:
        self.visit = visit
        self.send_frame = send_frame
        self.is_half_duplex = (
            False  # the browser cannot tell her voice from the guest's: one speaks at a time
        )
        self.is_paused = False
        self._resume_timer: asyncio.TimerHandle | None = None
        self._recent_bot_text = ""
        self._bot_last_spoke_at = -ECHO_TAIL_SECONDS

    @property
    def is_bot_speaking(self) -> bool:
        return any(not speech.is_ended for speech in ACTIVE_SPEECHES.get(self.visit.code, ()))

    @property
    def recent_bot_text(self) -> str:
        """What she is saying, or said a moment ago."""
        aloud = [speech for speech in ACTIVE_SPEECHES.get(self.visit.code, ()) if not speech.is_ended]
        if aloud:
            words = [word.text for speech in aloud for word in speech.alignment.words]
            self._recent_bot_text, self._bot_last_spoke_at = " ".join(words), time.monotonic()
        return self._recent_bot_text if self.may_be_echo else ""

    @property
    def may_be_echo(self) -> bool:
        """Whether what is heard may be her own voice, or a nod to it."""
        return (
            self.is_bot_speaking
            or self.is_paused
            or time.monotonic() - self._bot_last_spoke_at < ECHO_TAIL_SECONDS
        )

    @property
    def is_input_ignored(self) -> bool:
        """Asked for every bit of sound, so that what she said last is known when she has ended."""
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
