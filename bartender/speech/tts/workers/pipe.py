"""What a voice's own process and the house say to each other: lines of JSON in, frames of bytes out."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from typing import Any

HEADER = struct.Struct("<IBI")  # which request, what kind, how many bytes follow
READY, AUDIO, WORDS, END = range(4)
MAX_BODY_BYTES = 1 << 20


def read_requests() -> Iterator[dict[str, Any]]:
    """Until the house closes the pipe: then there is nobody to speak to."""
    for line in sys.stdin.buffer:
        asked: dict[str, Any] = json.loads(line)
        yield asked


def write_frame(id: int, kind: int, body: bytes = b"") -> None:
    sys.stdout.buffer.write(HEADER.pack(id, kind, len(body)) + body)
    sys.stdout.buffer.flush()


def write_json_frame(id: int, kind: int, payload: Any) -> None:
    write_frame(id, kind, json.dumps(payload).encode())
