"""Cartesia's ears: its streaming transcription, which also says where a turn begins and ends.

A connection object of the SDK is never used again once it broke, and the SDK is not let reconnect by itself:
while it does, it reads sound as text. What was sent of the turn under way is sent again on the new line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from bartender.hearing.base import BYTES_A_MS, RATE, Began, Mark, Microphone, Told, Words
from maya_site.lib.errors import ProviderDown, ProviderError, ProviderRejected

if TYPE_CHECKING:
    from cartesia import AsyncCartesia

logger = logging.getLogger(__name__)

NAME = "cartesia"
WAITS = (0.1, 0.5)  # before each of the two reconnects
CLOSES_WITHIN = 0.5
MOST_NAMES = 100
TURN_ENDS_AFTER_MS = 1_000
FRAME = 100 * BYTES_A_MS
SILENT_END = bytes(1_300 * BYTES_A_MS)  # stands for a lifted finger: longer than a turn's end takes
KEPT = 20_000 * BYTES_A_MS
IDLE_KEPT = 1_000 * BYTES_A_MS
MOST_UNHEARD = 2
FORGIVABLE = {408, 409, 425, 429}


class Turn:
    """One turn as the vendor hears it, and the sound it was told in, should it have to be told again."""

    def __init__(self) -> None:
        self.open = False
        self.expected = False  # somebody speaks, or so it sounds
        self.text = ""
        self.sound = bytearray()
        self.due: float | None = None  # when its end is taken for given
        self.carried = False  # the line brought a whole one to its end
        self.unheard = 0  # how often somebody spoke and the vendor was silent

    def keep(self, pcm: bytes) -> None:
        self.sound += pcm
        del self.sound[: -(KEPT if self.open else IDLE_KEPT)]

    def hear(self, event: Any) -> Told | None:
        self.unheard = 0
        match event.type:
            case "turn.start":
                self.open, self.text = True, ""
                return Began()
            case "turn.update" | "turn.eager_end" if self.open:
                self.text = event.transcript
                return Words(self.text)
            case "turn.end" if self.open:
                self.text = event.transcript
                return self.end()
        return None  # also what comes of a turn that was ended without it

    def ends_by(self, due: float) -> None:
        """Nobody speaks any more. Where the vendor has said so first, there is nothing to wait for."""
        if self.open or self.expected:
            self.due = due

    def end(self) -> Words:
        said, self.text = self.text.strip(), ""
        self.carried = bool(said)
        self.open, self.expected, self.due = False, False, None
        self.sound.clear()
        return Words(said, final=True)


class CartesiaEars:
    name = NAME
    says = "Cartesia"

    def __init__(
        self,
        key: str,
        model: str,
        base_url: str = "",
        connect_within: float = 5.0,
        ends_within: float = 2.5,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        self._key, self._model, self._base_url = key, model, base_url
        self._connect_within, self._ends_within, self._waits = connect_within, ends_within, waits
        self._made: AsyncCartesia | None = None

    async def warm(self) -> None:
        """Its kit takes a quarter of a second to import: not on the event loop."""
        if self._made is None:
            self._made = await asyncio.to_thread(_client, self._key, self._base_url)

    async def listen(self, microphone: Microphone, names: Sequence[str]) -> AsyncIterator[Told]:
        await self.warm()
        turn, tries = Turn(), 0
        while True:
            try:
                async with aclosing(cast(Any, self._on_one_line(microphone, names, turn))) as heard:
                    async for told in heard:
                        yield told
            except ProviderDown as error:
                tries = 0 if turn.carried else tries
                turn.carried = False
                if tries == len(self._waits) or microphone.closed:
                    raise
                logger.info("listening on a new line: %s", error)
                await asyncio.sleep(self._waits[tries])
                tries += 1
            else:
                return

    async def _on_one_line(
        self, microphone: Microphone, names: Sequence[str], turn: Turn
    ) -> AsyncIterator[Told]:
        async with self._line(names) as line:
            sending = asyncio.create_task(self._send(line, microphone, turn))
            try:
                await self._greeted(line)
                while not sending.done():
                    if told := await self._next(line, sending, turn):
                        yield told
                sending.result()
            finally:
                sending.cancel()
                with suppress(asyncio.CancelledError, ProviderError):
                    await sending

    @asynccontextmanager
    async def _line(self, names: Sequence[str]) -> AsyncIterator[Any]:
        assert self._made is not None
        options: Any = {"close_timeout": CLOSES_WITHIN}  # the kit's type does not know it, its library does
        manager = self._made.stt.auto_finalize.websocket(
            model=self._model,
            encoding="pcm_s16le",
            sample_rate=RATE,
            keyterm=list(names)[:MOST_NAMES],
            turn_end_timeout_ms=TURN_ENDS_AFTER_MS,
            websocket_connection_options=options,
        )
        with _ours():
            async with asyncio.timeout(self._connect_within):
                line = await manager.enter()
        try:
            yield line
        finally:
            await line.close()

    async def _greeted(self, line: Any) -> None:
        """A line that was taken and on which nobody speaks is a dead one."""
        with _ours():
            async with asyncio.timeout(self._connect_within):
                _refuse(await line.recv())

    async def _send(self, line: Any, microphone: Microphone, turn: Turn) -> None:
        with _ours():
            await _say(line, bytes(turn.sound) + (SILENT_END if turn.due else b""))
            async for part in microphone.sound():
                if isinstance(part, bytes):
                    turn.keep(part)
                    await line.send_raw(part)
                elif part is Mark.BEGAN:
                    turn.expected, turn.due = True, None
                else:
                    turn.ends_by(asyncio.get_running_loop().time() + self._ends_within)
                    await _say(line, SILENT_END if part is Mark.LET_GO else b"")

    async def _next(self, line: Any, sending: asyncio.Task[None], turn: Turn) -> Told | None:
        now = asyncio.get_running_loop().time()
        receiving = asyncio.ensure_future(line.recv())
        try:
            await asyncio.wait(
                {receiving, sending},
                timeout=1.0 if turn.due is None else max(0.0, turn.due - now),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not receiving.done():
                return self._overdue(turn)
            with _ours():
                event = receiving.result()
        finally:
            receiving.cancel()
        _refuse(event)
        return turn.hear(event)

    def _overdue(self, turn: Turn) -> Told | None:
        """Somebody has spoken, and the vendor does not end the turn: what was understood so far is it."""
        if turn.due is None or asyncio.get_running_loop().time() < turn.due:
            return None
        turn.unheard += not turn.open
        if turn.unheard >= MOST_UNHEARD:
            turn.due, turn.unheard = None, 0
            raise ProviderDown(NAME, "hears nothing of what is said")
        return turn.end()


def _client(key: str, base_url: str) -> AsyncCartesia:
    from cartesia import AsyncCartesia

    if not base_url:
        return AsyncCartesia(api_key=key)
    return AsyncCartesia(api_key=key, base_url=base_url, websocket_base_url=base_url.replace("http", "ws", 1))


async def _say(line: Any, pcm: bytes) -> None:
    for at in range(0, len(pcm), FRAME):
        await line.send_raw(pcm[at : at + FRAME])


def _refuse(event: Any) -> None:
    if event.type == "error":
        raise _failure(event.status_code)


def _failure(status: int) -> ProviderError:
    wrong = 400 <= status < 500 and status not in FORGIVABLE
    return (ProviderRejected if wrong else ProviderDown)(NAME, f"answers {status}")


@contextmanager
def _ours() -> Iterator[None]:
    """Its errors by their type as ours; none of their texts, which may hold what was sent."""
    from cartesia import CartesiaError
    from websockets.exceptions import InvalidStatus, WebSocketException

    try:
        yield
    except InvalidStatus as refused:
        raise _failure(refused.response.status_code) from None
    except (WebSocketException, CartesiaError, OSError, TimeoutError) as error:
        raise ProviderDown(NAME, type(error).__name__) from None
