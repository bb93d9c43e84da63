"""How long a guest waits for a language model, and how often it is asked again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LLMTimeouts:
    """In seconds. `first_text_seconds`: until a round's first text, over all attempts and models together."""

    connect_seconds: float = 3.0
    first_text_seconds: float = 8.0
    text_gap_seconds: float = 6.0
    turn_seconds: float = 30.0
    probe_seconds: float = 3.0
    max_retries: int = 2
    backoff_seconds: float = 0.3  # before the first retry; doubled for each further one, with jitter
    late_tolerance_seconds: float = 0.5  # noticed later than this, it says nothing of the provider
    min_attempt_seconds: float = 1.0  # with less than this left no model is asked
    next_provider_seconds: float = 3.0  # of `first_text_seconds`, left for another provider that may follow


@dataclass
class TurnDeadline:
    """The time that one turn has left."""

    timeouts: LLMTimeouts = field(default_factory=LLMTimeouts)
    turn_started_at: float = field(default_factory=time.monotonic)
    round_started_at: float = field(default_factory=time.monotonic)
    has_text: bool = False  # whether the guest got any text of this round
    reserved_seconds: float = 0.0  # before the first text: for the provider that would be asked next

    def start_round(self) -> None:
        self.round_started_at, self.has_text = time.monotonic(), False

    @property
    def remaining_seconds(self) -> float:
        """Until the first text of this round is due, or after it the next piece; never beyond the turn."""
        now = time.monotonic()
        by = (
            now + self.timeouts.text_gap_seconds
            if self.has_text
            else self.round_started_at + self.timeouts.first_text_seconds - self.reserved_seconds
        )
        return min(by, self.turn_started_at + self.timeouts.turn_seconds) - now

    @property
    def was_noticed_late(self) -> bool:
        """Whether the deadline passed long ago: this process was too busy to notice, so it tells nothing of
        the provider."""
        return self.remaining_seconds < -self.timeouts.late_tolerance_seconds

    @property
    def has_time_for_attempt(self) -> bool:
        return self.remaining_seconds >= self.timeouts.min_attempt_seconds
