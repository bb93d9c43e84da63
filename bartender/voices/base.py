"""What a voice is: the words of one reply go in piece by piece, sound and the times of the words come out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bartender.voices.script import Script

RATE = 24_000  # samples a second; 16 bits, one channel, little end first
SAMPLE = 2
BYTES_A_MS = RATE * SAMPLE // 1000


def ms_of(pcm: bytes | bytearray) -> float:
    return len(pcm) / BYTES_A_MS


@dataclass(frozen=True)
class Piece:
    """A sentence or a clause, in the words that are said. `first` counts the reply's words before it."""

    first: int
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def end(self) -> int:
        return self.first + len(self.words)


@dataclass(frozen=True)
class Sound:
    """The next stretch of the reply. Never empty, never half a sample."""

    pcm: bytes


@dataclass(frozen=True)
class Begins:
    """A word of the reply begins so many milliseconds after the first sound. Told before that sound is."""

    word: int
    at: float


@dataclass(frozen=True)
class Spent:
    """So many characters were given to a voice, by its name."""

    voice: str
    characters: int
    own: bool = False  # by the guest's own key: it costs the house nothing


Heard = Sound | Begins | Spent


class Voice(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def says(self) -> str:
        """For people: which voice this is."""
        ...

    @property
    def rests(self) -> bool:
        """Not to be asked just now: it failed again and again, or it is too slow here."""
        ...

    async def warm(self) -> None:
        """Make ready what takes time, before the first word is wanted. Fails in silence."""
        ...

    def speak(self, script: Script) -> AsyncIterator[Heard]:
        """One reply. Closing it stops the sound where it is made. Raises ProviderError where the voice is
        away; what was heard until then stays heard."""
        ...
