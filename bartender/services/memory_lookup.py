"""Looks up passages of the memory for a guest's message, for the brain to use if it likes."""

from __future__ import annotations

import re

from rag import search

QUESTION_PATTERN = re.compile(
    r"\?|^\W*(?:what|who|whose|when|where|why|how|which|is|are|do|does|did|can|could|may|tell|explain|describe)\b",
    re.IGNORECASE,
)


def recall_passages(text: str) -> tuple[search.PassageHit, ...]:
    """Confident hits for questions only: an order needs none."""
    if not QUESTION_PATTERN.search(text):
        return ()
    return tuple(one for one in search.search_passages(text) if one.is_confident)
