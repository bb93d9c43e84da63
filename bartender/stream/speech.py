"""One reply as sound on one stream: sent at most two seconds ahead of the guest's ears."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Protocol, cast

from bartender import wire
from bartender.stream.pace import NEARLY_MS, Pace
from bartender.stream.tasks import guarded, keep
from bartender.voices.base import BYTES_A_MS, Heard, Piece, Sound, Spent, Voice, ms_of
from bartender.voices.reading import Reading
from bartender.voices.script import Script
from maya_site.lib import tracing
from maya_site.lib.counters import TURN_SECONDS
from maya_site.lib.errors import ProviderError

logger = logging.getLogger(__name__)

FRAME_LEAST = 20 * BYTES_A_MS
FRAME_MOST = 100 * BYTES_A_MS
ENOUGH_MADE_MS = 4_000.0  # what waits to be sent; only then the voice is given more to say
WORD_MS = 330.0  # how long a word takes, before it is known


def _nobody_listens(_letter: int) -> None: ...


class Line(Protocol):
    """What a speech needs of its stream. Nothing of it waits."""

    def say(self, frame: wire.Frame) -> None: ...

    def sound(self, pcm: bytes) -> None: ...

    def hush(self) -> None:
        """Forget the sound that is not sent yet."""
        ...


class Speech:
    """`answer`: the record keeps of it what was heard. News of the house stand whole, heard or not."""

    def __init__(
        self, id: str, voice: Voice, line: Line, pace: Pace, *, answer: bool = True, language: str = "en"
    ) -> None:
        self.id = id
        self.line = line
        self.pace = pace
        self.reading = Reading(language)
        self.over = False
        self.answer = answer
        self.stopped = False  # by the guest, before it was heard to its end
        self.done = asyncio.Event()
        self.spent: Counter[str] = Counter()  # characters, by voice
        self.after: Speech | None = None  # what is said before it
        self.on_word: Callable[[int], None] = _nobody_listens  # told the letter that the voice has come to
        self._asked_at = time.perf_counter()
        self._voice = voice
        self._script = Script(language)
        self._waiting: deque[Piece] = deque()  # what the voice was not given yet
        self._said_all = False
        self._store = bytearray()
        self._begins: list[float] = []
        self._told = 0  # words whose caption was sent
        self._started = self._sounding = False  # something was sent as sound; more is to come
        self._made = False  # no more sound will come
        self._failed: ProviderError | None = None
        self._some = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None

    # --- what Maya says ------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        if self.over:
            return
        self._waiting += self.reading.add(text)
        self._release()
        if self._task is None and self.reading.words:
            self._task = keep(guarded("a speech", self._run))

    def finish(self) -> None:
        """She has said it all."""
        self._said_all = True
        self._release()
        if self._task is None:
            self._end()

    def _release(self) -> None:
        """No more than a few seconds are made ahead: what is never heard need not be made."""
        while self._waiting and self._ahead() < ENOUGH_MADE_MS:
            self._script.add(self._waiting.popleft())
        if self._said_all and not self._waiting:
            self._script.close()

    def _ahead(self) -> float:
        given = self._script.pieces[-1].end if self._script.pieces else 0
        return ms_of(self._store) + (given - len(self._begins)) * WORD_MS

    # --- what the guest hears ------------------------------------------------------------------------

    def stop(self) -> None:
        """At once: nothing waits, and nothing more is sent."""
        if self.over:
            return
        self.stopped = self.answer and not (self._failed or self._heard_out())
        self.line.hush()
        if self._task:
            self._task.cancel()
        self._end()

    def heard(self) -> str:
        """The part of the text that was heard, as far as is known."""
        played, words = self.pace.played, 0
        while words + 1 < len(self._begins) and self._begins[words + 1] <= played:
            words += 1
        return self.reading.text.strip() if self._heard_out() else self.reading.heard(words)

    def _heard_out(self) -> bool:
        return self._made and not self._store and not self._waiting and self.pace.ahead <= NEARLY_MS

    async def _run(self) -> None:
        listening = keep(guarded("a voice", self._listen))
        try:
            await self._play()
        finally:
            listening.cancel()
            self._end()

    async def _listen(self) -> None:
        with tracing.speech(self._voice.name) as span:
            try:
                async with aclosing(cast(Any, self._voice.speak(self._script))) as heard:
                    async for part in heard:
                        self._take(part)
            except ProviderError as error:
                logger.warning("a reply goes on without sound: %s", error)
                span.failed(error)
                self._failed = error
            finally:
                span.said(self.spent)
                self._made = True
                self._some.set()

    def _take(self, part: Heard) -> None:
        if isinstance(part, Sound):
            self._store += part.pcm
            self._some.set()
        elif isinstance(part, Spent):
            if not part.own:
                self.spent[part.voice] += part.characters
        else:
            while len(self._begins) <= part.word:
                self._begins.append(part.at)

    async def _play(self) -> None:
        if self.after:
            await self.after.done.wait()
        while frame := await self._next():
            if not await self.pace.room(ms_of(frame)):
                return
            self._send(frame)
            self._release()
        if not self._started:
            return self._aloud_elsewhere()
        self._tts_stopped()
        await self.pace.played_out()
        if not self._failed:
            self.on_word(len(self.reading.text))  # also what has no words

    async def _next(self) -> bytes:
        """The next frame; nothing where the reply is over. The last is filled up with silence."""
        while len(self._store) < FRAME_LEAST and not self._made:
            self._some.clear()
            await self._some.wait()
        frame = bytes(self._store[:FRAME_MOST])
        del self._store[:FRAME_MOST]
        return frame.ljust(FRAME_LEAST, b"\0") if frame else b""

    def _send(self, frame: bytes) -> None:
        if not self._started:
            self._started = self._sounding = True
            TURN_SECONDS.labels("first_audio").observe(time.perf_counter() - self._asked_at)
            self._tell("bot-tts-started")
            self._tell("bot-started-speaking")
        self._captions(until=self.pace.sent + ms_of(frame))
        self.line.sound(frame)
        self.pace.send(ms_of(frame))

    def _captions(self, until: float) -> None:
        """The words that begin in the next frame, a mark of the text at a time."""
        while self._told < len(self._begins) and self._begins[self._told] < until:
            first = self._told
            count, written = self.reading.mark(first)
            self._told += count
            said = " ".join(word.said for word in self.reading.words[first : self._told])
            self._tell("bot-tts-text", text=said, written=written, at_ms=round(self._begins[first]))
            self.on_word(self.reading.words[self._told - 1].end)

    def _aloud_elsewhere(self) -> None:
        """No voice of ours was heard: the page may have one of its own."""
        if self._failed:
            text = " ".join(word.said for word in self.reading.words)
            self.line.say(wire.news("speak", turn=self.id, text=text))

    def _tts_stopped(self, **said: Any) -> None:
        if self._sounding:
            self._sounding = False
            self._tell("bot-tts-stopped", **said)

    def _end(self) -> None:
        if self.over:
            return
        self.over = True
        self._script.close()
        self._store.clear()
        self._tts_stopped(heard=self.heard())
        if self._started:
            self._tell("bot-stopped-speaking")
        self.done.set()

    def _tell(self, type: str, **said: Any) -> None:
        self.line.say(wire.frame(type, said, self.id))
