"""What a pair of ears is: the sound of an open microphone goes in, what was said comes out, turn by turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

RATE = 16_000  # samples a second; 16 bits, one channel, little end first
BYTES_A_MS = RATE * 2 // 1000
MOST_WAITING = 10_000 * BYTES_A_MS


class Mark(Enum):
    """What the sound alone tells of it, put between the sound."""

    BEGAN = "somebody speaks"
    ENDED = "nobody speaks any more"
    LET_GO = "the guest has lifted the finger: the turn ends here"


@dataclass(frozen=True)
class Began:
    """Somebody has begun to speak."""


@dataclass(frozen=True)
class Words:
    """All of the turn so far. `final`: it is over; without a text nothing was said in it."""

    text: str
    final: bool = False


Told = Began | Words


class Microphone:
    """The sound of one guest on its way to the ears. Putting it in never waits."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self.closed = False
        self._most = most
        self._waiting: deque[bytes | Mark] = deque()
        self._size = 0
        self._some = asyncio.Event()

    def put(self, pcm: bytes) -> None:
        """Where the ears are too slow, what is oldest is lost."""
        self._waiting.append(pcm)
        self._size += len(pcm)
        while self._size > self._most:
            self._size -= _size(self._waiting.popleft())
        self._some.set()

    def mark(self, mark: Mark) -> None:
        self._waiting.append(mark)
        self._some.set()

    def close(self) -> None:
        self.closed = True
        self._some.set()

    async def sound(self) -> AsyncIterator[bytes | Mark]:
        """Until it is closed."""
        while True:
            while self._waiting:
                part = self._waiting.popleft()
                self._size -= _size(part)
                yield part
            if self.closed:
                return
            self._some.clear()
            await self._some.wait()


def _size(part: bytes | Mark) -> int:
    return len(part) if isinstance(part, bytes) else 0


class Ears(Protocol):
    name: str
    says: str  # for people: whose ears these are

    async def warm(self) -> None:
        """Make ready what takes time, before the first word. Fails in silence."""
        ...

    def listen(self, microphone: Microphone, names: Sequence[str]) -> AsyncIterator[Told]:
        """Until the microphone is closed. `names` are words to expect. Raises ProviderError where the ears
        are away; what was said until then stays said."""
        ...
