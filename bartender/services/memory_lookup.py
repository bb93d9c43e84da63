"""What the house remembers of a guest's words, for a brain that may use it as it sees fit."""

from __future__ import annotations

import re

from rag import search

QUESTION_PATTERN = re.compile(
    r"\?|^\W*(?:what|who|whose|when|where|why|how|which|is|are|do|does|did|can|could|may|tell|explain|describe)\b",
    re.IGNORECASE,
)


def recall_passages(text: str) -> tuple[search.PassageHit, ...]:
    """Only for questions, and only what surely fits: an order needs no stories."""
    if not QUESTION_PATTERN.search(text):
        return ()
    return tuple(one for one in search.search_passages(text) if one.is_confident)
