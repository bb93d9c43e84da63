"""Cuts streamed text into sentences. The cuts depend on the text alone, never on how it was split up."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_SENTENCE_CHARS = 2_000

# A run of stops, what closes it, and then white space: without the white space nothing is decided.
_SENTENCE_STOP = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_~`]*+(?=\s)|\n[ \t]*+\n")
_ELLIPSIS = re.compile(r"(?:\.\.+|…)$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'*_])(?:[a-z]|(?:[a-z]\.){1,4}[a-z]|mr|mrs|ms|dr|st|vs|etc|approx|oz|fl|ml|cl|jr|sr|vol|abv|"
    r"tbsp|tsp|est|incl|ca|cf|prof|capt|sgt|gen)\.$",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\d{1,2}\.$")
_LOOKBACK_CHARS = 24


class SentenceSplitter:
    """Gives sentences of at most MAX_SENTENCE_CHARS characters. White space belongs to the sentence after it,
    so all sentences joined are the input."""

    def __init__(self) -> None:
        self._buffer = ""
        self._scanned_chars = 0

    def feed(self, text: str) -> Iterator[str]:
        """Yields every sentence that is complete now."""
        # In slices, so that a giant piece does not make a giant buffer.
        for start in range(0, len(text), MAX_SENTENCE_CHARS):
            self._buffer += text[start : start + MAX_SENTENCE_CHARS]
            while end := self._find_end():
                yield self._cut_sentence(end)

    def close(self) -> Iterator[str]:
        if self._buffer:
            yield self._cut_sentence(len(self._buffer))

    def _cut_sentence(self, end: int) -> str:
        taken, self._buffer, self._scanned_chars = self._buffer[:end], self._buffer[end:], 0
        return taken

    def _find_end(self) -> int:
        """Where the first sentence ends; 0 if more text is needed to tell."""
        text = self._buffer
        if text.isspace() and len(text) <= MAX_SENTENCE_CHARS:
            return 0  # nothing to end yet, and a flood of empty lines is not searched again and again
        for stop in _SENTENCE_STOP.finditer(text, self._scanned_chars, MAX_SENTENCE_CHARS + 1):
            if not text[: stop.start()].strip():
                continue
            verdict = _is_sentence_end(text, stop)
            if verdict is None:
                self._scanned_chars = stop.start()
                return 0
            if verdict:
                return stop.end()
        if len(text) > MAX_SENTENCE_CHARS:
            return _forced_cut(text)
        # A run of stops at the very end may go on: it is looked at again.
        self._scanned_chars = len(text.rstrip(" \t\n.!?…\"'”’»)]*_~`"))
        return 0


def _is_sentence_end(text: str, stop: re.Match[str]) -> bool | None:
    """None if more text is needed to tell."""
    marks = stop.group().rstrip("\"'”’»)]*_~`")
    if not marks.strip():
        return True  # an empty line
    if "!" in marks or "?" in marks:
        return True
    before = text[max(0, stop.start() - _LOOKBACK_CHARS) : stop.start() + 1]
    if _ELLIPSIS.search(marks) or before[-2:-1].isspace():  # "Well... no", "1 3 . 5 0"
        after = text[stop.end() : 2 * MAX_SENTENCE_CHARS].lstrip()[:1]
        if not after and len(text) < 2 * MAX_SENTENCE_CHARS:
            return None
        return not (after.islower() or after.isdigit())
    return not (_ABBREVIATION.search(before) or _LIST_NUMBER.search(before))


def _forced_cut(text: str) -> int:
    """Where to cut text without an end: at the last white space within the limit, else at the limit."""
    found = max(text.rfind(" ", 1, MAX_SENTENCE_CHARS), text.rfind("\n", 1, MAX_SENTENCE_CHARS))
    return found if found > 0 else MAX_SENTENCE_CHARS
