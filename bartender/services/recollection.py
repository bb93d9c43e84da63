"""What the house remembers of a guest's words, for a brain that may use it as it sees fit."""

from __future__ import annotations

import re

from rag import search

ASKS = re.compile(
    r"\?|^\W*(?:what|who|whose|when|where|why|how|which|is|are|do|does|did|can|could|may|tell|explain|describe)\b",
    re.IGNORECASE,
)


def remembered(said: str) -> tuple[search.Passage, ...]:
    """Only for questions, and only what surely fits: an order needs no stories."""
    if not ASKS.search(said):
        return ()
    return tuple(one for one in search.recall(said) if one.sure)
