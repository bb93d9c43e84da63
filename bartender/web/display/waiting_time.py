"""How long something has been waiting, as the bar display shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Window


@dataclass(frozen=True)
class TimedRow:
    since: datetime
    seconds: int

    @property
    def clock(self) -> str:
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"


def seconds_since(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))


def count_over_all_rows() -> Window:
    """Annotates each row with the count of all rows, also of a sliced query, without a further query."""
    return Window(Count("*"))


def count_hidden(rows: Sequence[Any], shown: int) -> int:
    """How many rows are not shown, by the annotation `total` of `count_over_all_rows`."""
    return int(rows[0].total) - shown if rows else 0
