"""Tells words meant for Maya from a back-channel ("mm-hm") and from the echo of her own voice."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

WORD_PATTERN = re.compile(r"[a-z0-9']+")
# Sounds of a listener. "Yes", "no" and "stop" are words.
BACKCHANNEL_SOUNDS = frozenset(
    {"mm", "mmm", "mhm", "mmhm", "hm", "hmm", "uh", "huh", "uhuh", "uhhuh", "ah", "aha", "oh", "ooh"}
    | {"er", "erm", "um", "umm", "eh", "ha", "haha"}
)
MIN_ECHO_RATIO = 86.0
MIN_ECHO_WORDS = 4  # fewer matching words are as likely a guest who repeats what she offers


def content_words(text: str) -> list[str]:
    return [word for word in WORD_PATTERN.findall(text.lower()) if word not in BACKCHANNEL_SOUNDS]


def is_guest_utterance(text: str, bot_text: str = "", *, final: bool = True) -> bool:
    """Whether a text is neither a back-channel nor an echo of `bot_text`.

    A few final words are taken for the guest's, even if Maya said them: guests name what she speaks of.
    """
    said = content_words(text)
    if not said:
        return False
    return (len(said) < MIN_ECHO_WORDS and final) or not _is_echo(
        " ".join(said), " ".join(content_words(bot_text))
    )


def _is_echo(guest_text: str, bot_text: str) -> bool:
    return bool(bot_text) and fuzz.partial_ratio(guest_text, bot_text) >= MIN_ECHO_RATIO
