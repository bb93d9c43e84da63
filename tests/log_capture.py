"""What the log says, as production writes it."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from maya_site.core.logs import JsonLines


class _CapturingHandler(logging.Handler):
    def __init__(self, lines: list[dict[str, Any]], *, guest_text: bool) -> None:
        super().__init__(logging.INFO)
        self.lines = lines
        self.setFormatter(JsonLines(guest_text=guest_text))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@contextmanager
def capture_log(*, guest_text: bool = False) -> Iterator[list[dict[str, Any]]]:
    lines: list[dict[str, Any]] = []
    handler, root = _CapturingHandler(lines, guest_text=guest_text), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
