"""Which voice there is, for people and monitors. Cartesia is asked once a minute at most."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings

from bartender.voices.cartesia.probe import trouble
from bartender.voices.house import local_voice, rests

ASK_EVERY = 60.0


class Status(NamedTuple):
    real: bool
    answers: bool
    says: str


@dataclass
class Probe:
    """The last answer, and for which settings and until when it stands."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    asked: tuple[str, str, str] = ("", "", "")
    found: str = ""

    def trouble(self) -> str:
        asked = (settings.CARTESIA_API_KEY, settings.CARTESIA_VOICE_ID, settings.CARTESIA_BASE_URL)
        with self.lock:
            if asked != self.asked or time.monotonic() > self.until:
                self.found, self.asked = trouble(*asked), asked
                self.until = time.monotonic() + ASK_EVERY
            return self.found


PROBE = Probe()


def status() -> Status:
    local = local_voice()
    if not settings.CARTESIA_API_KEY:
        return Status(False, True, f"{local}, no key needed" if local else "text only")
    wrong = "rests after failures" if rests(settings.CARTESIA_API_KEY) else PROBE.trouble()
    if not wrong:
        return Status(True, True, f"Cartesia, {settings.CARTESIA_MODEL}")
    return Status(True, False, f"Cartesia {wrong}; {local or 'text alone'} meanwhile")
