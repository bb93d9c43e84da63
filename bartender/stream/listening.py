"""What one guest's microphone tells Maya: who speaks, what was said, and when she had better be silent.

Sound is kept no longer than the turn it belongs to, and is never written down.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender import wire
from bartender.framing import Sound
from bartender.hearing.activity import Activity, Change
from bartender.hearing.base import BYTES_A_MS, Began, Ears, Mark, Microphone, Told, Words
from bartender.hearing.house import house_here
from bartender.hearing.meaning import said_to_her
from bartender.menu.snapshot import current_menu
from bartender.records.visits import Visit
from bartender.stream import talk
from bartender.stream.hold import Hold
from bartender.stream.limits import TooMany, sound_bucket
from bartender.stream.tasks import asked, guarded, keep
from maya_site.lib.errors import ProviderError, Refused
from maya_site.lib.limits import Limit, TooOften, take

NO_EARS = gettext_noop("I cannot hear here. Please write to me.")
LOST_EARS = gettext_noop("I cannot hear just now. Please write to me.")
ASK_FIRST = "Switch the microphone on first."
TOO_FAST = "Sound may come no faster than it is spoken."
HEARING = Limit(
    "hearing",
    30,
    12 * 60 * 60,
    gettext_noop("I have listened for half an hour: that is all for this visit. Please write."),
)
CHARGED = 60_000 * BYTES_A_MS
MOST_WAITING = 500
LOUD_ENOUGH = 0.01  # of full scale, to be believed while she speaks herself
GUEST = "guest"
# Telling speech from noise costs the processor milliseconds: never the event loop's.
POOL = ThreadPoolExecutor(2, thread_name_prefix="maya-ears")


class Listening:
    """On one stream. Where the client `must_ask`, sound that comes unasked is refused."""

    def __init__(
        self, visit: Visit, say: Callable[[wire.Frame], None], add: Callable[[wire.Heard], None]
    ) -> None:
        self.visit, self.say, self.add = visit, say, add
        self.must_ask = True
        self.hold = Hold(visit, say)
        self._on: bool | None = None
        self._microphone: Microphone | None = None
        self._inbox: asyncio.Queue[bytes | Mark] = asyncio.Queue()
        self._activity = Activity()
        self._bucket = sound_bucket()
        self._uncharged = CHARGED
        self._turn = ""  # the id that what is being said will have
        self._announced = False
        self._tasks: list[asyncio.Task[Any]] = []

    # --- what the client does ------------------------------------------------------------------------

    def switch(self, heard: wire.SetMicrophone) -> wire.Frame:
        self.close()
        ears = house_here().best() if heard.on else None
        if heard.on and ears is None:
            self._on = None
            return wire.error_response(_(NO_EARS), heard.id)
        if ears is None:
            return wire.response(heard, on=False)
        self.hold.deaf = not heard.echo_cancelled
        self._open()
        return wire.response(heard, on=True, ears=ears.name, says=ears.says)

    def hear(self, sound: Sound) -> None:
        """Never waits. What comes after the microphone was switched off was on its way: it is nobody's."""
        if self._on is False:
            return
        if self._on is None and (self.must_ask or house_here().best() is None):
            raise wire.NotUnderstood(ASK_FIRST if house_here().best() else _(NO_EARS), "")
        if not self._bucket.take(len(sound.pcm) / BYTES_A_MS) or self._inbox.qsize() >= MOST_WAITING:
            raise TooMany(TOO_FAST)
        if self._on is None:
            self._open()
        self._inbox.put_nowait(sound.pcm)

    def let_go(self) -> None:
        """The button of push-to-talk: what was said is said."""
        if self._on:
            self._inbox.put_nowait(Mark.LET_GO)

    def close(self) -> None:
        """Nothing is heard any more, and nothing of it is kept."""
        self._on = False
        if self._microphone:
            self._microphone.close()
        for task in self._tasks:
            task.cancel()
        self._tasks, self._microphone, self._inbox = [], None, asyncio.Queue()
        self.hold.release()
        self._forget_turn()

    @property
    def hears_somebody(self) -> bool:
        return bool(self._turn) or self.hold.on

    # --- from sound to words -------------------------------------------------------------------------

    def _open(self) -> None:
        self._on, self._activity, self._microphone = True, Activity(), Microphone()
        self._tasks = [
            keep(guarded("a microphone", self._attend, self._microphone, self._inbox)),
            keep(guarded("a pair of ears", self._listen, self._microphone)),
        ]

    async def _attend(self, microphone: Microphone, inbox: asyncio.Queue[bytes | Mark]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            part = await inbox.get()
            if isinstance(part, Mark):
                microphone.mark(part)
            elif not self.hold.ignores:
                changes = await loop.run_in_executor(POOL, self._activity.feed, part)
                microphone.put(part)
                for change in changes:
                    self._changed(change, microphone)
                await self._charge(len(part))

    def _changed(self, change: Change, microphone: Microphone) -> None:
        if change is Change.ENDED:
            microphone.mark(Mark.ENDED)
            self.hold.release_soon()
        elif not self.hold.speaking or self._activity.loudest >= LOUD_ENOUGH:
            microphone.mark(Mark.BEGAN)
            self.hold.begin()

    async def _charge(self, size: int) -> None:
        self._uncharged += size
        if self._uncharged < CHARGED:
            return
        self._uncharged -= CHARGED
        try:
            await asked(take, HEARING, self.visit.code)
        except TooOften as refused:
            self._end(str(refused))

    async def _listen(self, microphone: Microphone) -> None:
        house, names = house_here(), await _names()
        while ears := house.best():
            try:
                await self._listen_with(ears, microphone, names)
            except ProviderError as error:
                house.failed(ears, error)
                if instead := house.best():
                    self.say(wire.news("microphone", on=True, ears=instead.name, says=instead.says))
            else:
                return
        self._end(_(LOST_EARS))

    async def _listen_with(self, ears: Ears, microphone: Microphone, names: list[str]) -> None:
        async with aclosing(cast(Any, ears.listen(microphone, names))) as told:
            async for one in told:
                self._told(one)

    def _end(self, why: str) -> None:
        self.say(wire.news("microphone", on=False, why=why))
        asyncio.get_running_loop().call_soon(self.close)  # not from within one of its tasks

    # --- from words to a turn ------------------------------------------------------------------------

    def _told(self, told: Told) -> None:
        if isinstance(told, Began):
            self._turn = self._turn or f"said-{uuid.uuid4().hex}"
            if not self.hold.speaking:
                self._announce()
            return
        self._turn = self._turn or f"said-{uuid.uuid4().hex}"
        meant = self._is_meant(told)
        if meant:
            self._barge_in()
            self._announce()
            self._transcribed(told)
        if told.final:
            self._finish(told.text if meant else "")

    def _is_meant(self, told: Words) -> bool:
        if self.hold.matters:
            return said_to_her(told.text, self.hold.hers, final=told.final)
        return bool(told.text.strip())

    def _barge_in(self) -> None:
        if self.hold.speaking or talk.running(self.visit):
            talk.interrupt(self.visit)
        self.hold.release()

    def _announce(self) -> None:
        if not self._announced:
            self._announced = True
            self.say(wire.frame("user-started-speaking", {}, self._turn))

    def _transcribed(self, told: Words) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        said = {"text": told.text, "final": told.final, "timestamp": now, "user_id": GUEST}
        self.say(wire.frame("user-transcription", said, self._turn))

    def _finish(self, text: str) -> None:
        turn = self._turn
        if self._announced:
            self.say(wire.frame("user-stopped-speaking", {}, turn))
        self._forget_turn()
        if not text:
            return self.hold.release()
        try:
            self.add(wire.said_aloud(text, turn))
        except Refused as refused:
            self.say(wire.error_response(str(refused), turn))

    def _forget_turn(self) -> None:
        self._turn, self._announced = "", False


async def _names() -> list[str]:
    """What is on the menu, and how guests call it: words to expect."""
    try:
        menu = await asked(current_menu)
    except Refused:
        return []
    return [drink.name for drink in menu.drinks if drink.available]
