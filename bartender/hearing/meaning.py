"""What is heard while Maya speaks: something said to her, a mere "mm-hm", or her own voice come back."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

WORD = re.compile(r"[a-z0-9']+")
# Sounds with which one listens. "Yes", "no" and "stop" are words.
LISTENING = frozenset(
    {"mm", "mmm", "mhm", "mmhm", "hm", "hmm", "uh", "huh", "uhuh", "uhhuh", "ah", "aha", "oh", "ooh"}
    | {"er", "erm", "um", "umm", "eh", "ha", "haha"}
)
ECHO = 86.0
ECHO_WORDS = 4  # fewer of hers in a row are as likely a guest's, who asks for what she speaks of


def words_of(text: str) -> list[str]:
    return [word for word in WORD.findall(text.lower()) if word not in LISTENING]


def said_to_her(text: str, hers: str = "", *, final: bool = True) -> bool:
    """`hers` is what she is saying. What may yet become an echo of it is not believed before its end."""
    said = words_of(text)
    if not said:
        return False
    return (len(said) < ECHO_WORDS and final) or not _is_echo(" ".join(said), " ".join(words_of(hers)))


def _is_echo(said: str, hers: str) -> bool:
    return bool(hers) and fuzz.partial_ratio(said, hers) >= ECHO
