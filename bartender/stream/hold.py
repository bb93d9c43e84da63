"""Maya holds her tongue when somebody begins to speak, and goes on where nothing was said to her."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bartender import wire
from bartender.records.visits import Visit
from bartender.stream.mouth import ALOUD

NOTHING_SAID_AFTER = 0.2  # from when somebody is known to be silent again: words may still come
LONGEST = 4.0
RINGS_ON = 1.5  # how long her own voice may still come back from the room


class Hold:
    """Of one stream. The page pauses what it plays; nothing of it is lost."""

    def __init__(self, visit: Visit, say: Callable[[wire.Frame], None]) -> None:
        self.visit = visit
        self.say = say
        self.deaf = False  # the browser cannot tell her voice from the guest's: one speaks at a time
        self.on = False
        self._timer: asyncio.TimerHandle | None = None
        self._hers = ""
        self._heard_at = -RINGS_ON

    @property
    def speaking(self) -> bool:
        return any(not speech.over for speech in ALOUD.get(self.visit.code, ()))

    @property
    def hers(self) -> str:
        """What she is saying, or said a moment ago."""
        aloud = [speech for speech in ALOUD.get(self.visit.code, ()) if not speech.over]
        if aloud:
            words = [word.said for speech in aloud for word in speech.reading.words]
            self._hers, self._heard_at = " ".join(words), time.monotonic()
        return self._hers if self.matters else ""

    @property
    def matters(self) -> bool:
        """Whether what is heard may be her own voice, or a nod to it."""
        return self.speaking or self.on or time.monotonic() - self._heard_at < RINGS_ON

    @property
    def ignores(self) -> bool:
        """Asked for every bit of sound, so that what she said last is known when she has ended."""
        return bool(self.hers) and self.deaf and self.speaking

    def begin(self) -> None:
        if self.speaking and not self.on:
            self.on = True
            self.say(wire.news("hold", on=True))
            self._release_after(LONGEST)

    def release_soon(self) -> None:
        if self.on:
            self._release_after(NOTHING_SAID_AFTER)

    def release(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self.on:
            self.on = False
            self.say(wire.news("hold", on=False))

    def _release_after(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.release)
