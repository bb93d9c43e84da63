"""Takes a model's thoughts out of its text, where the server leaves them in: <think>...</think>."""

from __future__ import annotations

OPENING, CLOSING = "<think>", "</think>"


class ThinkingFilter:
    """Thoughts come first, if at all: after the first word of the answer nothing is taken out."""

    def __init__(self) -> None:
        self._buffer = ""
        self._is_thinking = False
        self._is_done = False

    def feed(self, text: str) -> str:
        """The text that may go on now."""
        if self._is_done:
            return text
        self._buffer += text
        if not self._is_thinking:
            begun = self._buffer.lstrip()
            if OPENING.startswith(begun[: len(OPENING)]) and len(begun) < len(OPENING):
                return ""
            if not begun.startswith(OPENING):
                return self._finish(self._buffer)
            self._is_thinking, self._buffer = True, begun[len(OPENING) :]
        _thought, closed, rest = self._buffer.partition(CLOSING)
        if closed:
            return self._finish(rest)
        self._buffer = self._buffer[-len(CLOSING) + 1 :]  # the end of the thoughts may come in pieces
        return ""

    def close(self) -> str:
        """What was held back because it could have become a thought."""
        return "" if self._is_thinking or self._is_done else self._finish(self._buffer)

    def _finish(self, text: str) -> str:
        self._is_done, self._is_thinking, self._buffer = True, False, ""
        return text
