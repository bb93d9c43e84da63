"""Cuts a stream into sentences. Where it cuts depends on the text alone, never on how the text arrived."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 2_000

# A run of stops, what closes it, and then white space: without the white space nothing is decided.
_STOP = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_~`]*+(?=\s)|\n[ \t]*+\n")
_ELLIPSIS = re.compile(r"(?:\.\.+|…)$")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\"'*_])(?:[a-z]|(?:[a-z]\.){1,4}[a-z]|mr|mrs|ms|dr|st|vs|etc|approx|oz|fl|ml|cl|jr|sr|vol|abv|"
    r"tbsp|tsp|est|incl|ca|cf|prof|capt|sgt|gen)\.$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:^|\n)\s*\d{1,2}\.$")
_LOOKS_BACK = 24


class Sentences:
    """`feed` gives every sentence that is complete; white space leads the sentence it stands before."""

    def __init__(self) -> None:
        self._waiting = ""
        self._looked = 0

    def feed(self, piece: str) -> Iterator[str]:
        # In small bites: a giant piece must not make a giant buffer.
        for start in range(0, len(piece), LONGEST):
            self._waiting += piece[start : start + LONGEST]
            while end := self._end():
                yield self._take(end)

    def close(self) -> Iterator[str]:
        if self._waiting:
            yield self._take(len(self._waiting))

    def _take(self, end: int) -> str:
        taken, self._waiting, self._looked = self._waiting[:end], self._waiting[end:], 0
        return taken

    def _end(self) -> int:
        """Where the first sentence ends, 0 while that cannot be known."""
        text = self._waiting
        if text.isspace() and len(text) <= LONGEST:
            return 0  # nothing to end yet, and a flood of empty lines is not searched again and again
        for stop in _STOP.finditer(text, self._looked, LONGEST + 1):
            if not text[: stop.start()].strip():
                continue
            verdict = _is_end(text, stop)
            if verdict is None:
                self._looked = stop.start()
                return 0
            if verdict:
                return stop.end()
        if len(text) > LONGEST:
            return _gap(text)
        self._looked = max(0, _tail(text))
        return 0


def _is_end(text: str, stop: re.Match[str]) -> bool | None:
    """None: what follows must be seen first."""
    marks = stop.group().rstrip("\"'”’»)]*_~`")
    if not marks.strip():
        return True  # an empty line
    if "!" in marks or "?" in marks:
        return True
    before = text[max(0, stop.start() - _LOOKS_BACK) : stop.start() + 1]
    if _ELLIPSIS.search(marks) or before[-2:-1].isspace():  # "Well... no", "1 3 . 5 0"
        after = text[stop.end() : 2 * LONGEST].lstrip()[:1]
        if not after and len(text) < 2 * LONGEST:
            return None
        return not (after.islower() or after.isdigit())
    return not (_ABBREVIATED.search(before) or _NUMBERED.search(before))


def _tail(text: str) -> int:
    """A run of stops at the very end may go on: look at it again."""
    return len(text.rstrip(" \t\n.!?…\"'”’»)]*_~`"))


def _gap(text: str) -> int:
    """No end in sight: at the last white space that fits, or right there."""
    found = max(text.rfind(" ", 1, LONGEST), text.rfind("\n", 1, LONGEST))
    return found if found > 0 else LONGEST
