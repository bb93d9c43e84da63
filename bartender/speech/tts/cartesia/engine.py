"""Cartesia's text-to-speech: a warm connection, a context for each reply, and retries."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from bartender.speech.tts.base import SpeechEvent, SpeechUsage
from bartender.speech.tts.cartesia.connection import CartesiaConnection
from bartender.speech.tts.cartesia.context import SpeechContext, SynthesisOptions
from bartender.speech.tts.cartesia.errors import NAME, CartesiaFailure, CartesiaRejected
from bartender.speech.tts.text_stream import TextStream
from maya_site.core.errors import ProviderError
from maya_site.core.metrics import record_provider_failure, record_provider_success

if TYPE_CHECKING:
    from cartesia import AsyncCartesia

logger = logging.getLogger(__name__)

MAX_RECONNECTS = 2
RETRY_DELAY_SECONDS = 0.1
COOLDOWN_SECONDS = 60.0
RENEW_AFTER_SECONDS = 45.0  # Cartesia closes an idle line after a minute or more
STAY_WARM_SECONDS = 600.0  # after the last use


class CartesiaTTS:
    name = NAME
    display_name = "Cartesia"

    def __init__(
        self, key: str, options: SynthesisOptions, base_url: str = "", *, own_key: bool = False
    ) -> None:
        self.options = options
        self.own_key = own_key  # a guest's own key
        self.cooldown_until = 0.0
        self._key, self._base_url = key, base_url
        self._client: AsyncCartesia | None = None
        self._connection: CartesiaConnection | None = None
        self._connect_lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._renewal_task: asyncio.Task[None] | None = None
        self._last_used_at = time.monotonic()

    @property
    def is_cooling_down(self) -> bool:
        """Unused for `COOLDOWN_SECONDS` after repeated failures, a refused key or a used-up quota."""
        return time.monotonic() < self.cooldown_until

    async def warm_up(self) -> None:
        with suppress(ProviderError):
            await self._get_connection()

    def retire(self) -> None:
        """Closes the connection after its last reply, then the client."""
        if self._renewal_task:
            self._renewal_task.cancel()
        self._retire_connection(self._connection)
        self._spawn(self._close_client([*self._tasks]))

    async def close(self) -> None:
        self.retire()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _close_client(self, lines: Sequence[asyncio.Task[Any]]) -> None:
        await asyncio.gather(*lines, return_exceptions=True)
        client, self._client = self._client, None
        if client:
            await client.close()

    async def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        since, before, failed = 0, 0.0, 0
        manner = replace(self.options, language=script.language)
        while True:
            reply: SpeechContext | None = None
            try:
                reply = SpeechContext(await self._get_connection(), manner, before)
                async with aclosing(cast(Any, reply.synthesize(script, since))) as events:
                    async for part in events:
                        yield (
                            replace(part, own_key=True)
                            if self.own_key and isinstance(part, SpeechUsage)
                            else part
                        )
            except (CartesiaFailure, CartesiaRejected) as fault:
                failed += 1
                self._handle_failure(fault, reply, final=failed > MAX_RECONNECTS)
                await asyncio.sleep(RETRY_DELAY_SECONDS * failed)
            if reply:
                if reply.all_sent and reply.all_received:
                    record_provider_success(NAME)
                    return
                since, before = reply.resume_phrase_index(script, since), before + reply.received_ms

    def _handle_failure(
        self, fault: CartesiaFailure | CartesiaRejected, reply: SpeechContext | None, *, final: bool
    ) -> None:
        record_provider_failure(NAME, fault.kind)
        if reply and reply.connection is self._connection:
            self._retire_connection(reply.connection)
        if final or self.is_cooling_down or fault.kind in ("auth", "quota"):
            self.cooldown_until = time.monotonic() + COOLDOWN_SECONDS
            raise fault

    async def _get_connection(self) -> CartesiaConnection:
        self._last_used_at = time.monotonic()
        if self.is_cooling_down:
            raise CartesiaFailure("upstream", "rests for a while")
        async with self._connect_lock:
            if self._connection is None or self._connection.failure:
                self._retire_connection(self._connection)
                self._connection = await CartesiaConnection.open(await self._get_client())
            if self._renewal_task is None or self._renewal_task.done():
                self._renewal_task = asyncio.create_task(self._renew_idle_connection())
            return self._connection

    async def _get_client(self) -> AsyncCartesia:
        if self._client is None:
            self._client = await asyncio.to_thread(_build_client, self._key, self._base_url)
        return self._client

    async def _renew_idle_connection(self) -> None:
        """Replaces an idle connection before Cartesia closes it."""
        while time.monotonic() - self._last_used_at < STAY_WARM_SECONDS:
            await asyncio.sleep(RENEW_AFTER_SECONDS / 3)
            line = self._connection
            if line is None or line.is_busy or time.monotonic() - line.last_used_at < RENEW_AFTER_SECONDS:
                continue
            with suppress(ProviderError):
                self._connection = await CartesiaConnection.open(await self._get_client())
                self._retire_connection(line)
        self._retire_connection(self._connection)

    def _retire_connection(self, line: CartesiaConnection | None) -> None:
        """It is used for no new reply, and closed when its current ones have ended."""
        if line is None:
            return
        if line is self._connection:
            self._connection = None
        self._spawn(line.close_when_idle())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _build_client(key: str, address: str) -> AsyncCartesia:
    """Runs in a thread, because importing the SDK takes a third of a second."""
    from cartesia import AsyncCartesia

    if not address:
        return AsyncCartesia(api_key=key, max_retries=0)
    sockets = address.replace("http", "ws", 1)
    return AsyncCartesia(api_key=key, base_url=address, websocket_base_url=sockets, max_retries=0)
