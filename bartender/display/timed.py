"""How long something has been waiting, as the display shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Timed:
    since: datetime
    seconds: int

    @property
    def clock(self) -> str:
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"


def seconds_since(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))
