"""How long a guest is let wait for a language model, and how often it is asked again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deadlines:
    """In seconds. `first` is for a whole round: all tries and all models together."""

    connect: float = 3.0
    first: float = 8.0
    gap: float = 6.0
    total: float = 30.0
    probe: float = 3.0
    retries: int = 2
    pause: float = 0.4  # before the first retry; doubled for the next, and shaken
    least: float = 1.0  # with less than this left nobody is asked any more


@dataclass
class Patience:
    """One turn's share of it."""

    limits: Deadlines = field(default_factory=Deadlines)
    began: float = field(default_factory=time.monotonic)
    round_began: float = field(default_factory=time.monotonic)

    def new_round(self) -> None:
        self.round_began = time.monotonic()

    @property
    def left(self) -> float:
        """Until the first word of this round must be there."""
        now = time.monotonic()
        return min(self.round_began + self.limits.first, self.began + self.limits.total) - now

    @property
    def until_next(self) -> float:
        """Once something came."""
        return min(self.limits.gap, self.began + self.limits.total - time.monotonic())

    @property
    def worth_a_try(self) -> bool:
        return self.left >= self.limits.least
