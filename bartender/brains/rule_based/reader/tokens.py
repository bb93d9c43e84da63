"""A guest's words as tokens: numbers, words, the ends of contractions and marks, each with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

TOKEN = re.compile(r"\d+(?:[.,]\d+)?|['’]\w+|[^\W\d_]+|[^\w\s]")
_REPEATED_LETTERS = re.compile(r"([^\W\d_])\1{2,}")


@dataclass(frozen=True)
class Token:
    text: str
    form: str  # lower case, without accents
    start: int
    end: int


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case, without accents; of three equal letters or more two."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return _REPEATED_LETTERS.sub(r"\1\1", plain)


def tokenize(text: str) -> list[Token]:
    return [Token(one[0], fold(one[0]), one.start(), one.end()) for one in TOKEN.finditer(text)]
