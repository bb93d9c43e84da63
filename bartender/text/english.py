"""English words that order nothing by themselves: courtesy words, and words that begin another request."""

from __future__ import annotations

from pathlib import Path


def _load_words(name: str) -> frozenset[str]:
    text = (Path(__file__).parent / "lists" / f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


COURTESY_WORDS = _load_words("manners")
SEGMENT_START_WORDS = _load_words("starters")
