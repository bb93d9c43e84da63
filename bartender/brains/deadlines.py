"""How long a guest is let wait for a language model, and how often it is asked again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LLMTimeouts:
    """In seconds. `first_text_seconds` is until a round's first words: all tries and all models together."""

    connect_seconds: float = 3.0
    first_text_seconds: float = 8.0
    text_gap_seconds: float = 6.0
    turn_seconds: float = 30.0
    probe_seconds: float = 3.0
    max_retries: int = 2
    backoff_seconds: float = 0.3  # before the first retry; doubled for the next, and shaken
    late_tolerance_seconds: float = 0.5  # a deadline noticed so much later says nothing of the other side
    min_attempt_seconds: float = 1.0  # with less than this left nobody is asked any more


@dataclass
class TurnDeadline:
    """One turn's share of it."""

    timeouts: LLMTimeouts = field(default_factory=LLMTimeouts)
    turn_started_at: float = field(default_factory=time.monotonic)
    round_started_at: float = field(default_factory=time.monotonic)
    has_text: bool = False  # something of this round, to the guest

    def start_round(self) -> None:
        self.round_started_at, self.has_text = time.monotonic(), False

    @property
    def remaining_seconds(self) -> float:
        """Until the first words of this round must be there; after them, until the next."""
        now = time.monotonic()
        by = (
            now + self.timeouts.text_gap_seconds
            if self.has_text
            else self.round_started_at + self.timeouts.first_text_seconds
        )
        return min(by, self.turn_started_at + self.timeouts.turn_seconds) - now

    @property
    def was_noticed_late(self) -> bool:
        """The deadline passed long ago: this process was too busy to notice, whatever the other side did."""
        return self.remaining_seconds < -self.timeouts.late_tolerance_seconds

    @property
    def has_time_for_attempt(self) -> bool:
        return self.remaining_seconds >= self.timeouts.min_attempt_seconds
