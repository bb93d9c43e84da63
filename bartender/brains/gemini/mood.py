"""The model begins its answer with its mood, as [happy]. Read from the stream, never shown or spoken."""

from __future__ import annotations

import re
from typing import cast

from bartender.conversation.events import EMOTIONS, Emotion

_TAG = re.compile(rf"\[ ?({'|'.join(EMOTIONS)}) ?\][ \t]*(?=[^ \t])", re.IGNORECASE)
_LAST_TAG = re.compile(rf"\[ ?({'|'.join(EMOTIONS)}) ?\]\s*$", re.IGNORECASE)
_LONGEST = max(map(len, EMOTIONS)) + 4
_SENTENCE = re.compile(r"[.!?…\n]")
_LONG = 160


class Opening:
    """Takes tags out wherever the stream is cut, and keeps the first sentence back until it is whole.

    The guest hears whole sentences only: until the first one nothing was said, and another may answer.
    """

    def __init__(self) -> None:
        self.mood: Emotion | None = None
        self.said = False
        self._kept = ""

    def feed(self, text: str) -> str:
        """What may go on now."""
        self._kept = _TAG.sub(self._noted, self._kept + text)
        whole, self._kept = self._cut()
        self.said = self.said or bool(whole.strip())
        return whole

    def close(self) -> str:
        whole, self._kept = _LAST_TAG.sub(self._noted, self._kept), ""
        self.said = self.said or bool(whole.strip())
        return whole

    def _noted(self, tag: re.Match[str]) -> str:
        self.mood = self.mood or cast(Emotion, tag[1].lower())
        return ""

    def _cut(self) -> tuple[str, str]:
        """Up to what may be the beginning of a tag, or be followed by the white space that goes with it."""
        bracket = self._kept.rfind("[")
        safe = len(self._kept) if bracket < 0 or len(self._kept) - bracket > _LONGEST else bracket
        ready = self._kept[:safe]
        if not self.said and len(ready) < _LONG and not _SENTENCE.search(ready):
            return "", self._kept
        return ready, self._kept[safe:]
