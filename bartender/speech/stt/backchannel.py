"""What is heard while Maya speaks: something said to her, a mere "mm-hm", or her own voice come back."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

WORD_PATTERN = re.compile(r"[a-z0-9']+")
# Sounds with which one listens. "Yes", "no" and "stop" are words.
BACKCHANNEL_SOUNDS = frozenset(
    {"mm", "mmm", "mhm", "mmhm", "hm", "hmm", "uh", "huh", "uhuh", "uhhuh", "ah", "aha", "oh", "ooh"}
    | {"er", "erm", "um", "umm", "eh", "ha", "haha"}
)
MIN_ECHO_RATIO = 86.0
MIN_ECHO_WORDS = 4  # fewer of hers in a row are as likely a guest's, who asks for what she speaks of


def content_words(text: str) -> list[str]:
    return [word for word in WORD_PATTERN.findall(text.lower()) if word not in BACKCHANNEL_SOUNDS]


def is_guest_utterance(text: str, bot_text: str = "", *, final: bool = True) -> bool:
    """`bot_text` is what she is saying. What may yet become an echo of it is not believed before its end."""
    said = content_words(text)
    if not said:
        return False
    return (len(said) < MIN_ECHO_WORDS and final) or not _is_echo(
        " ".join(said), " ".join(content_words(bot_text))
    )


def _is_echo(guest_text: str, bot_text: str) -> bool:
    return bool(bot_text) and fuzz.partial_ratio(guest_text, bot_text) >= MIN_ECHO_RATIO
