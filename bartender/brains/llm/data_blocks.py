"""Marks texts of guests and of the venue as data. No such text can contain a line that begins with ===."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile("={3,}")


def data_block(name: str, lines: Sequence[str]) -> str:
    return "\n".join([f"=== {name} (data)", *lines, f"=== END OF {name}"])


def without_fences(text: str) -> str:
    """The text without "===", which could be taken for a line of the bar's."""
    return _FENCE.sub("—", text)


def to_single_line(text: str) -> str:
    return without_fences(" ".join(text.split()))
