"""Bounds for what is read over httpx2, in a thread or on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx2

from maya_site.core.response_limits import ResponseLimits, ResponseMeter, ResponseTooLarge, reject_compressed


def limit_response_hook(limits: ResponseLimits) -> Callable[[httpx2.Response], None]:
    """A response hook. Over the bounds, reading raises httpx2.DecodingError."""

    def hook(response: httpx2.Response) -> None:
        try:
            reject_compressed(response.headers.get("content-encoding", ""))
        except ResponseTooLarge as error:
            response.close()
            raise httpx2.DecodingError(str(error)) from error
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = _Stream(response.stream, ResponseMeter(limits))

    return hook


def async_limit_response_hook(limits: ResponseLimits) -> Callable[[httpx2.Response], Awaitable[None]]:
    """The same for an AsyncClient. Between two slices other tasks run."""

    async def hook(response: httpx2.Response) -> None:
        try:
            reject_compressed(response.headers.get("content-encoding", ""))
        except ResponseTooLarge as error:
            await response.aclose()
            raise httpx2.DecodingError(str(error)) from error
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _AsyncStream(response.stream, ResponseMeter(limits))

    return hook


class _Stream(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, meter: ResponseMeter) -> None:
        self._inner, self._meter = inner, meter

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._inner:
                yield from self._meter.split_chunks(piece)
        except ResponseTooLarge as error:
            raise httpx2.DecodingError(str(error)) from error

    def close(self) -> None:
        self._inner.close()


class _AsyncStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, meter: ResponseMeter) -> None:
        self._inner, self._meter = inner, meter

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._inner:
                for part in self._meter.split_chunks(piece):
                    yield part
                    await asyncio.sleep(0)
        except ResponseTooLarge as error:
            raise httpx2.DecodingError(str(error)) from error

    async def aclose(self) -> None:
        await self._inner.aclose()
