"""Cartesia's voice: a warm line, a context for each reply, and a way on where either fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from bartender.voices.base import Heard, Spent
from bartender.voices.cartesia.faults import NAME, Fault, Unwelcome
from bartender.voices.cartesia.line import Line
from bartender.voices.cartesia.reply import Manner, Reply
from bartender.voices.script import Script
from maya_site.lib.counters import provider_failed, provider_worked
from maya_site.lib.errors import ProviderError

if TYPE_CHECKING:
    from cartesia import AsyncCartesia

logger = logging.getLogger(__name__)

RECONNECTS = 2
PAUSE = 0.1
REST = 60.0
RENEW_AFTER = 45.0  # Cartesia closes an idle line after a minute or more
WARM_FOR = 600.0  # since somebody was spoken to


class CartesiaVoice:
    name = NAME
    says = "Cartesia"

    def __init__(self, key: str, manner: Manner, address: str = "", *, own: bool = False) -> None:
        self.manner = manner
        self.own = own  # a guest's own key
        self.rests_until = 0.0
        self._key, self._address = key, address
        self._client: AsyncCartesia | None = None
        self._line: Line | None = None
        self._connecting = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._spoke_at = time.monotonic()

    @property
    def rests(self) -> bool:
        """After it failed again and again, nobody waits for it for a while."""
        return time.monotonic() < self.rests_until

    async def warm(self) -> None:
        with suppress(ProviderError):
            await self._open_line()

    def retire(self) -> None:
        """Another key took its place: the lines end with their last reply, and the client with the lines."""
        if self._keeping:
            self._keeping.cancel()
        self._leave(self._line)
        self._keep(self._end([*self._tasks]))

    async def close(self) -> None:
        self.retire()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _end(self, lines: Sequence[asyncio.Task[Any]]) -> None:
        await asyncio.gather(*lines, return_exceptions=True)
        client, self._client = self._client, None
        if client:
            await client.close()

    async def speak(self, script: Script) -> AsyncIterator[Heard]:
        since, before, failed = 0, 0.0, 0
        manner = replace(self.manner, language=script.language)
        while True:
            reply: Reply | None = None
            try:
                reply = Reply(await self._open_line(), manner, before)
                async with aclosing(cast(Any, reply.speak(script, since))) as heard:
                    async for part in heard:
                        yield replace(part, own=True) if self.own and isinstance(part, Spent) else part
            except (Fault, Unwelcome) as fault:
                failed += 1
                self._failed(fault, reply, final=failed > RECONNECTS)
                await asyncio.sleep(PAUSE * failed)
            if reply:
                if reply.closed and reply.ended:
                    provider_worked(NAME)
                    return
                since, before = reply.goes_on_at(script, since), before + reply.made

    def _failed(self, fault: Fault | Unwelcome, reply: Reply | None, *, final: bool) -> None:
        provider_failed(NAME, fault.kind)
        if reply and reply.line is self._line:
            self._leave(reply.line)
        if final or self.rests or fault.kind in ("auth", "quota"):
            self.rests_until = time.monotonic() + REST
            raise fault

    async def _open_line(self) -> Line:
        self._spoke_at = time.monotonic()
        if self.rests:
            raise Fault("upstream", "rests for a while")
        async with self._connecting:
            if self._line is None or self._line.lost:
                self._leave(self._line)
                self._line = await Line.open(await self._connected_client())
            if self._keeping is None or self._keeping.done():
                self._keeping = asyncio.create_task(self._keep_warm())
            return self._line

    async def _connected_client(self) -> AsyncCartesia:
        if self._client is None:
            self._client = await asyncio.to_thread(_client, self._key, self._address)
        return self._client

    async def _keep_warm(self) -> None:
        """A line that idles is replaced before it is closed at the other end."""
        while time.monotonic() - self._spoke_at < WARM_FOR:
            await asyncio.sleep(RENEW_AFTER / 3)
            line = self._line
            if line is None or line.busy or time.monotonic() - line.used_at < RENEW_AFTER:
                continue
            with suppress(ProviderError):
                self._line = await Line.open(await self._connected_client())
                self._leave(line)
        self._leave(self._line)

    def _leave(self, line: Line | None) -> None:
        """Never used again. Who is being spoken to on it is spoken to till the end."""
        if line is None:
            return
        if line is self._line:
            self._line = None
        self._keep(line.close_when_idle())

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _client(key: str, address: str) -> AsyncCartesia:
    """In a thread of its own: it takes a third of a second to import."""
    from cartesia import AsyncCartesia

    if not address:
        return AsyncCartesia(api_key=key, max_retries=0)
    sockets = address.replace("http", "ws", 1)
    return AsyncCartesia(api_key=key, base_url=address, websocket_base_url=sockets, max_retries=0)
