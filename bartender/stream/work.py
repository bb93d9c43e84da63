"""What a guest asked for on one stream, done one after the other in the order it was asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender import wire
from bartender.conversation.events import Event, Said, TabChanged, TurnEnded, TurnStarted
from bartender.records.visits import Visit
from bartender.stream import talk
from bartender.stream.buttons import press
from bartender.stream.limits import TooMany
from bartender.stream.mouth import Mouth
from bartender.stream.news import opening
from bartender.stream.show import Show
from bartender.stream.speech import Speech
from bartender.stream.tasks import asked, guarded
from bartender.stream.telling import Telling
from bartender.voices.house import voice_for
from maya_site.lib.errors import Busy, ProviderError, Refused
from maya_site.lib.limits import TURNS, take

logger = logging.getLogger(__name__)

MOST_WAITING = 20
TILL_AWAY = gettext_noop("The till does not answer. Please try again shortly.")

Say = Callable[[wire.Frame], None]


class Work:
    def __init__(self, visit: Visit, say: Say, show: Show, mouth: Mouth) -> None:
        self.visit = visit
        self.say = say
        self.show = show
        self.mouth = mouth
        self.waiting: asyncio.Queue[wire.Heard] = asyncio.Queue(MOST_WAITING)

    def add(self, heard: wire.Heard) -> None:
        if self.waiting.full():
            raise TooMany(f"At most {MOST_WAITING} wishes may wait at once.", heard.id)
        self.waiting.put_nowait(heard)

    async def run(self) -> None:
        while True:
            heard = await self.waiting.get()
            if not await guarded("a guest's wish", self._refusable, heard):
                self.say(wire.error_response(_(talk.BROKEN), heard.id))

    async def _refusable(self, heard: wire.Heard) -> None:
        try:
            await self._do(heard)
        except Refused as refused:
            logger.info("visit %s, %s: %s", self.visit.code[:8], heard.kind, type(refused).__name__)
            self.say(wire.error_response(str(refused), heard.id))
        except ProviderError as error:
            logger.warning("visit %s, %s: %s", self.visit.code[:8], heard.kind, error)
            self.say(wire.error_response(_(TILL_AWAY), heard.id))

    async def _do(self, heard: wire.Heard) -> None:
        match heard:
            case wire.ClientReady():
                await self._welcome()
            case wire.SendText():
                await asked(take, TURNS, self.visit.code)
                talk.begin(self.visit, heard, lambda: self._teller(heard))
            case _:
                self.show.update(await asked(press, self.visit, heard))
                self.say(wire.response(heard))

    def _teller(self, words: wire.SendText) -> StreamTeller:
        return StreamTeller(words, self.say, self.show, self.mouth.speech(words))

    async def _welcome(self) -> None:
        """The same conversation and tab on every stream of the visit, however often it was lost."""
        self.say(wire.bot_ready(audio=voice_for(self.visit) is not None))
        try:
            found = await asked(opening, self.visit)
        except Busy:
            self.show.anew(self.show.told)
            return self.say(wire.error(_("The bar does not answer this second. I keep trying.")))
        self.show.anew(found.told)
        self.say(wire.history(found.turns))
        self.say(wire.news("phase", phase=found.phase))
        self.say(wire.news("emotion", emotion=found.emotion))


class StreamTeller(talk.Teller):
    """One turn, told on the stream it came by."""

    def __init__(self, words: wire.SendText, say: Say, show: Show, speech: Speech | None) -> None:
        self.telling = Telling(words.id, words.content, aloud=speech is not None)
        self.speech = speech
        self.say = say
        self.show = show
        if speech:
            speech.on_word = self._heard

    def event(self, event: Event) -> None:
        if isinstance(event, TabChanged | TurnEnded):
            self.show.bill(event.bill)
        if isinstance(event, TurnEnded):
            self.show.answered(event.brain)
        for frame in self.telling.frames(event):
            self.say(frame)
        if self.speech:
            self._speak(self.speech, event)

    def _heard(self, letter: int) -> None:
        for frame in self.telling.spoken(letter):
            self.say(frame)

    def _speak(self, speech: Speech, event: Event) -> None:
        match event:
            case TurnStarted(fresh=False):  # told again for a page that missed it: what was heard stays heard
                speech.stop()
            case Said(text):
                speech.say(text)
            case TurnEnded():
                speech.finish()

    def cut(self, outcome: str, why: str = "") -> None:
        if why:
            self.say(wire.error(why))
        for frame in self.telling.close(outcome):
            self.say(frame)
        if self.speech:
            self.speech.finish()
        self.show.again()
