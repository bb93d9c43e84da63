"""The protocol between a worker process and the server: lines of JSON in, binary frames out."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from typing import Any

HEADER = struct.Struct("<IBI")  # request id, kind, length of the body in bytes
READY, AUDIO, WORDS, END = range(4)
MAX_BODY_BYTES = 1 << 20


def read_requests() -> Iterator[dict[str, Any]]:
    """Yields requests until the server closes the pipe."""
    for line in sys.stdin.buffer:
        request: dict[str, Any] = json.loads(line)
        yield request


def write_frame(id: int, kind: int, body: bytes = b"") -> None:
    sys.stdout.buffer.write(HEADER.pack(id, kind, len(body)) + body)
    sys.stdout.buffer.flush()


def write_json_frame(id: int, kind: int, payload: Any) -> None:
    write_frame(id, kind, json.dumps(payload).encode())
