"""Text as it is compared: one spelling of each character, one space, no case."""

from __future__ import annotations

import hashlib
import re
import unicodedata

SPEAKS_FOR_ITSELF = 30
UNSEEN = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def cleaned(text: str) -> str:
    """Without what nobody can see: control characters, zero width, changes of direction."""
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def digest_of(title: str, text: str) -> str:
    """The same words are the same passage, however they are spaced, capitalised or headed. Of a few words the
    heading is part: "Closed." under Monday is not "Closed." under Christmas."""
    words = plain(text)
    said = words if len(words) >= SPEAKS_FOR_ITSELF else f"{plain(title)}\n{words}"
    return hashlib.sha256(said.encode()).hexdigest()
