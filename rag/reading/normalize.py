"""Normalises text for comparison: one spelling of each character, single spaces, no case."""

from __future__ import annotations

import hashlib
import re
import unicodedata

MIN_STANDALONE_LENGTH = 30
INVISIBLE_CHARACTERS = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)


def strip_invisible(text: str) -> str:
    """Removes invisible characters: controls, zero width, changes of direction."""
    return INVISIBLE_CHARACTERS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def normalize_text(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def passage_digest(title: str, text: str) -> str:
    """A digest of a passage's words, whatever their spacing, case or heading. For a few words the heading
    counts too: "Closed." under Monday is not "Closed." under Christmas."""
    words = normalize_text(text)
    said = words if len(words) >= MIN_STANDALONE_LENGTH else f"{normalize_text(title)}\n{words}"
    return hashlib.sha256(said.encode()).hexdigest()
