"""How many streams one guest may hold, and how fast one may talk. Each refusal names its limit."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from maya_site.lib.errors import Refused

EACH_VISIT = 3
EACH_ADDRESS = 100  # the guests of one bar share its Wi-Fi
MESSAGES_A_MINUTE = 60
BURST = 20
REPORTS_A_MINUTE = 900
MALFORMED_A_MINUTE = 10
HURRIED_A_MINUTE = 60
SOUND_MS_A_MINUTE = 66_000
SOUND_MS_AT_ONCE = 5_000


class TooMany(Refused):
    """One of the limits of this file. `id` is that of the message it refuses."""

    def __init__(self, text: str, id: str = "") -> None:
        super().__init__(text)
        self.id = id

    @classmethod
    def messages(cls, id: str) -> TooMany:
        return cls(f"At most {MESSAGES_A_MINUTE} messages a minute, {BURST} of them at once.", id)


@dataclass
class Door:
    """Who is inside. Counted in this process: a stream ends with it."""

    visits: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)

    def enter(self, visit: str, address: str) -> None:
        if self.visits[visit] >= EACH_VISIT:
            raise TooMany(f"A visit may have at most {EACH_VISIT} streams open at once.")
        if self.addresses[address] >= EACH_ADDRESS:
            raise TooMany(f"At most {EACH_ADDRESS} streams from one address at once.")
        self.visits[visit] += 1
        self.addresses[address] += 1

    def leave(self, visit: str, address: str) -> None:
        for inside, who in ((self.visits, visit), (self.addresses, address)):
            inside[who] -= 1
            if inside[who] <= 0:
                del inside[who]


DOOR = Door()


@dataclass
class Bucket:
    """`burst` at once, and then so many a minute."""

    a_minute: int
    burst: int
    clock: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = float(self.burst), self.clock()

    def take(self, count: float = 1) -> bool:
        now = self.clock()
        self._left = min(self.burst, self._left + (now - self._at) * self.a_minute / 60)
        self._at = now
        if self._left < count:
            return False
        self._left -= count
        return True


def sound_bucket() -> Bucket:
    """In milliseconds: as fast as it is spoken, with some slack for clocks and for a line that stutters."""
    return Bucket(SOUND_MS_A_MINUTE, SOUND_MS_AT_ONCE)


@dataclass
class Tally:
    """How often something happened in the last minute."""

    most: int
    clock: Callable[[], float] = time.monotonic
    _times: deque[float] = field(default_factory=deque)

    def full(self) -> bool:
        """Count one more. True where that is more than may be."""
        now = self.clock()
        while self._times and self._times[0] <= now - 60:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) > self.most


class Patience:
    """How much one stream may ask of the house."""

    def __init__(self) -> None:
        self._messages = Bucket(MESSAGES_A_MINUTE, BURST)
        self._reports = Bucket(REPORTS_A_MINUTE, BURST)
        self._garbled = Tally(MALFORMED_A_MINUTE)
        self._hurried = Tally(HURRIED_A_MINUTE)

    def message(self) -> bool:
        """One more. Whether it came in time."""
        return self._messages.take()

    def report(self) -> bool:
        """One more of the player's reports, which are no messages while they are not too many."""
        return self._reports.take()

    def garbled(self) -> bool:
        """One more that could not be read. Whether it is enough now."""
        return self._garbled.full()

    def hurried(self) -> bool:
        """One more that came too soon. Whether it is enough now."""
        return self._hurried.full()
