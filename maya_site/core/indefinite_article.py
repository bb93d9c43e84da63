"""The article that a thing's name takes in a sentence."""

from __future__ import annotations

import re

from django.utils.translation import get_language

_VOWEL_SOUND = re.compile(
    r"(?!uni|us[ae]|eu|once?\b)[aeiou]|h(?:our|onest|eir)|[fhlmnrsx][bcdfghj-np-tv-xz]+\b", re.IGNORECASE
)


def with_article(name: str) -> str:
    """ "an IPA", "a Martini", by the sound that the name begins with. Water is not counted, and in a language
    other than English a name stays as the menu writes it."""
    if name.endswith("Water") or get_language() not in (None, "en"):
        return name
    return f"{'an' if _VOWEL_SOUND.match(name) else 'a'} {name}"
