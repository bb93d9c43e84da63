"""Splits texts into words and reduces words to stems. It needs no package."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD_PATTERN = re.compile(r"\w+")
_STOP_WORDS_TEXT = """
a about am an and any are as at be been but by can could did do does for from get go got had has have he
her hers him his how i if in into is it its just like me my no not of on or our out please s she should
so some t tell than that the their them then there these they this those to too up us was we were what
when where which who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())


def tokenize(text: str) -> list[str]:
    flat = unicodedata.normalize("NFKD", text.casefold().replace("’", "'").replace("'s ", " "))
    return WORD_PATTERN.findall(
        "".join(one for one in flat if not unicodedata.combining(one)).replace("'", "")
    )


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Cuts endings that mean little, so that "shakes" and "shaking" are one term."""
    for ending, stays in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("edly", ""),
        ("ed", ""),
        ("es", ""),
        ("ly", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + stays
            break
    else:
        if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
            word = word[:-1]
    if len(word) > 3 and word[-1] == "e":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou" else word


def stemmed_terms(text: str) -> list[str]:
    return [stem(word) for word in tokenize(text) if word not in STOP_WORDS]
