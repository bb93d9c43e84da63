"""Reads the emotion that a model begins its answer with, such as [happy], and removes it from the text."""

from __future__ import annotations

import re
from typing import cast

from bartender.dialogue.types import EMOTIONS, Emotion

_TAG = re.compile(rf"\[ ?({'|'.join(EMOTIONS)}) ?\][ \t]*(?=[^ \t])", re.IGNORECASE)
_TRAILING_TAG = re.compile(rf"\[ ?({'|'.join(EMOTIONS)}) ?\]\s*$", re.IGNORECASE)
_MAX_TAG_CHARS = max(map(len, EMOTIONS)) + 4
_SENTENCE_END = re.compile(r"[.!?…\n]")
_MAX_BUFFERED_CHARS = 160


class EmotionPrefixParser:
    """Removes the tags wherever the stream is cut, and holds the first sentence back until it is complete.

    Until then the guest has heard nothing, so another model may still answer.
    """

    def __init__(self) -> None:
        self.emotion: Emotion | None = None
        self.has_emitted_text = False
        self._buffer = ""

    def feed(self, text: str) -> str:
        """The text that may go on now."""
        self._buffer = _TAG.sub(self._record_tag, self._buffer + text)
        ready, self._buffer = self._split_safe_text()
        self.has_emitted_text = self.has_emitted_text or bool(ready.strip())
        return ready

    def close(self) -> str:
        rest, self._buffer = _TRAILING_TAG.sub(self._record_tag, self._buffer), ""
        self.has_emitted_text = self.has_emitted_text or bool(rest.strip())
        return rest

    def _record_tag(self, tag: re.Match[str]) -> str:
        self.emotion = self.emotion or cast(Emotion, tag[1].lower())
        return ""

    def _split_safe_text(self) -> tuple[str, str]:
        """The text up to what may be the beginning of a tag, and the rest."""
        bracket = self._buffer.rfind("[")
        safe = len(self._buffer) if bracket < 0 or len(self._buffer) - bracket > _MAX_TAG_CHARS else bracket
        ready = self._buffer[:safe]
        if not self.has_emitted_text and len(ready) < _MAX_BUFFERED_CHARS and not _SENTENCE_END.search(ready):
            return "", self._buffer
        return ready, self._buffer[safe:]
