"""How long a guest is let wait for a language model, and how often it is asked again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deadlines:
    """In seconds. `first` is until a round's first words: all tries and all models together."""

    connect: float = 3.0
    first: float = 8.0
    gap: float = 6.0
    total: float = 30.0
    probe: float = 3.0
    retries: int = 2
    pause: float = 0.3  # before the first retry; doubled for the next, and shaken
    late: float = 0.5  # a deadline noticed so much later says nothing of the other side
    least: float = 1.0  # with less than this left nobody is asked any more


@dataclass
class Patience:
    """One turn's share of it."""

    limits: Deadlines = field(default_factory=Deadlines)
    began: float = field(default_factory=time.monotonic)
    round_began: float = field(default_factory=time.monotonic)
    said: bool = False  # something of this round, to the guest

    def new_round(self) -> None:
        self.round_began, self.said = time.monotonic(), False

    @property
    def left(self) -> float:
        """Until the first words of this round must be there; after them, until the next."""
        now = time.monotonic()
        by = now + self.limits.gap if self.said else self.round_began + self.limits.first
        return min(by, self.began + self.limits.total) - now

    @property
    def overslept(self) -> bool:
        """The deadline passed long ago: this process was too busy to notice, whatever the other side did."""
        return self.left < -self.limits.late

    @property
    def worth_a_try(self) -> bool:
        return self.left >= self.limits.least
