"""A page's HTML without the line breaks and spaces that only its author sees."""

from __future__ import annotations

import re

_AFTER_OPENING_TAG = re.compile(r"(<[a-zA-Z][^<>]*>) ")
_BEFORE_CLOSING_TAG = re.compile(r" (?=</|>|/>)")


def compact_html(html: str) -> str:
    """Runs of ordinary white space as one space, and none just inside an element."""
    one_line = re.sub(r"[ \t\r\n]+", " ", html)
    return _BEFORE_CLOSING_TAG.sub("", _AFTER_OPENING_TAG.sub(r"\1", one_line))
