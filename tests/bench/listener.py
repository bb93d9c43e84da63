"""A guest who listens: it plays what comes in real time, reports what it played, and keeps the times."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field

from tests.websocket_client import GuestConnection

BYTES_A_MS = 48
REPORT_EVERY = 0.25


@dataclass
class Heard:
    """One reply, in seconds from the guest's words; `gaps` are in milliseconds of a player that ran dry."""

    first_text: float = 0.0
    first_audio: float = 0.0
    ms: float = 0.0
    reported: float = 0.0
    most_ahead: float = 0.0
    stood: float = 0.0  # ms in which the player had nothing to play: all that follows is heard later
    gaps: list[float] = field(default_factory=list)


class Listener(GuestConnection):
    async def listen(self, text: str, id: str, *, stop_after: float = 0.0) -> tuple[Heard, float]:
        """Until she has spoken. With `stop_after` she is stopped then: how long she went on, too."""
        heard, began, stopped_at = Heard(), time.perf_counter(), 0.0
        await self.send("send-text", {"content": text}, id)
        reporting = asyncio.create_task(self._report(heard, id, began))
        stopping: asyncio.Task[float] | None = None
        if stop_after:
            stopping = asyncio.create_task(self._stop(heard, id, began, stop_after, reporting))
        try:
            while True:
                message = await self.socket.recv()
                now = time.perf_counter() - began
                if isinstance(message, bytes):
                    self._play(heard, len(message), now)
                    continue
                frame = json.loads(message)
                self.received.append(frame)
                if frame["type"] == "bot-llm-text" and not heard.first_text:
                    heard.first_text = now
                elif frame["type"] == "error-response":
                    raise RuntimeError(frame["data"]["error"])
                elif frame["type"] == "bot-stopped-speaking" and frame["id"] == id:
                    break
            if stopping:
                stopped_at = await stopping
            return heard, now - (stopped_at - began) if stopping else 0.0
        finally:
            reporting.cancel()

    def _play(self, heard: Heard, size: int, now: float) -> None:
        if not heard.first_audio:
            heard.first_audio = now
        elif (dry := self._played(heard, now) - heard.ms) > 0:
            heard.gaps.append(dry)
            heard.stood += dry
        heard.ms += size / BYTES_A_MS
        heard.most_ahead = max(heard.most_ahead, heard.ms - self._played(heard, now))

    def _played(self, heard: Heard, now: float) -> float:
        return (now - heard.first_audio) * 1000 - heard.stood

    async def _report(self, heard: Heard, id: str, began: float) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(REPORT_EVERY)
                if heard.first_audio:
                    await self._tell(heard, id, began)

    async def _tell(self, heard: Heard, id: str, began: float) -> None:
        heard.reported = min(heard.ms, self._played(heard, time.perf_counter() - began))
        await self.send("client-message", {"t": "played", "d": {"turn": id, "ms": heard.reported}})

    async def _stop(
        self, heard: Heard, id: str, began: float, after: float, reporting: asyncio.Task[None]
    ) -> float:
        while not heard.first_audio:
            await asyncio.sleep(0.005)
        await asyncio.sleep(after)
        reporting.cancel()
        await self._tell(heard, id, began)
        asked = time.perf_counter()
        await self.send("client-message", {"t": "interrupt"})
        return asked
