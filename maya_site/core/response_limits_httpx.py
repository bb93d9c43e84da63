"""Bounds for what is read over httpx, in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx

from maya_site.core.response_limits import ResponseLimits, ResponseMeter, ResponseTooLarge, reject_compressed


def limit_response_hook(limits: ResponseLimits) -> Callable[[httpx.Response], None]:
    """A response hook. Over the bounds, reading raises httpx.DecodingError."""

    def hook(response: httpx.Response) -> None:
        try:
            reject_compressed(response.headers.get("content-encoding", ""))
        except ResponseTooLarge as error:
            response.close()
            raise httpx.DecodingError(str(error)) from error
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Stream(response.stream, ResponseMeter(limits))

    return hook


class _Stream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, meter: ResponseMeter) -> None:
        self._inner, self._meter = inner, meter

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._inner:
                yield from self._meter.split_chunks(piece)
        except ResponseTooLarge as error:
            raise httpx.DecodingError(str(error)) from error

    def close(self) -> None:
        self._inner.close()
