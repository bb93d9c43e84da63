"""Bounds on how much of a vendor's answer is read. A vendor that sends more is treated as broken.

A response hook puts a counter around the stream before any of it is read: response_limits_httpx.py and
response_limits_httpx2.py, for the two generations of that library. Chunks are handed on in small slices, so
that an event loop can do other work in between. Compressed answers are refused, because a small one may
expand to anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CHUNK_BYTES = 16 << 10
IDENTITY_ENCODING = {"Accept-Encoding": "identity"}
_EMPTY_LINES = (b"\n\n", b"\r\n\r\n", b"\r\r")


class ResponseTooLarge(Exception):
    """An answer passed a bound; the text says which."""


@dataclass(frozen=True)
class ResponseLimits:
    """Bounds in bytes. An event of an event stream goes from one empty line to the next.
    `max_event_containers` is how many objects and lists one event may open, which is what parsing it costs.
    """

    max_body_bytes: int
    max_event_bytes: int = 0
    max_event_containers: int = 5_000


class ResponseMeter:
    """Counts one answer against its limits."""

    def __init__(self, limits: ResponseLimits) -> None:
        self.limits = limits
        self._body_bytes = self._event_bytes = self._event_containers = 0
        self._tail = b""  # an empty line may come in two pieces

    def split_chunks(self, data: bytes) -> Iterator[bytes]:
        """The same bytes in small slices. Raises ResponseTooLarge when a bound is passed."""
        for start in range(0, len(data), CHUNK_BYTES):
            part = data[start : start + CHUNK_BYTES]
            self._count(part)
            yield part

    def _count(self, chunk: bytes) -> None:
        self._body_bytes += len(chunk)
        if self._body_bytes > self.limits.max_body_bytes:
            raise ResponseTooLarge(f"an answer of over {self.limits.max_body_bytes} bytes")
        if not self.limits.max_event_bytes:
            return
        seen = self._tail + chunk
        end = max(seen.rfind(mark) + len(mark) if mark in seen else 0 for mark in _EMPTY_LINES)
        fresh = seen[end:] if end else chunk
        if end:
            self._event_bytes = self._event_containers = 0
        self._event_bytes += len(fresh)
        self._event_containers += fresh.count(b"{") + fresh.count(b"[")
        self._tail = seen[-3:]
        if (
            self._event_bytes > self.limits.max_event_bytes
            or self._event_containers > self.limits.max_event_containers
        ):
            raise ResponseTooLarge(
                f"an event of over {self.limits.max_event_bytes} bytes, "
                f"or {self.limits.max_event_containers} objects"
            )


def reject_compressed(content_encoding: str) -> None:
    if content_encoding.strip().lower() not in ("", "identity"):
        raise ResponseTooLarge("an answer that is compressed, which nobody asked for")
