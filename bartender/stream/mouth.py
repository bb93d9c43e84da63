"""Maya's mouth on one stream: switched on by the guest, one reply at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender import wire
from bartender.costs.budgets import said_aloud
from bartender.keys.keeper import key_now, keys_of
from bartender.keys.seal import offered
from bartender.records.visits import Visit
from bartender.stream.pace import Pace
from bartender.stream.speech import Line, Speech
from bartender.stream.tasks import asked, guarded, keep
from bartender.voices.base import Voice
from bartender.voices.chosen import Chosen
from bartender.voices.house import voice_for
from maya_site.lib.errors import Busy

NO_VOICE = gettext_noop("I have no voice here. Please read along.")

# All that is being said aloud to a visit, on whichever of its streams: one reply, and what waits behind it.
ALOUD: dict[str, list[Speech]] = {}


def hush(visit: Visit) -> list[Speech]:
    """Stop what is said to this visit, and give back what was cut off."""
    speaking = list(ALOUD.get(visit.code, ()))
    for speech in speaking:
        speech.stop()
    return [speech for speech in speaking if speech.stopped]


class Mouth:
    def __init__(self, visit: Visit, line: Line) -> None:
        self.visit = visit
        self.line = line
        self.on = False
        self.guest_speaks: Callable[[], bool] = lambda: False
        self._wish: wire.SetVoice | None = None
        self._reports = False  # whether this stream's player tells how far it is
        self._mine: list[Speech] = []

    def wish(self, heard: wire.SetVoice) -> None:
        """At once: the guest's next words are said aloud, or not, as was asked just before them."""
        self._wish, self.on = heard, heard.on
        if not heard.on:
            self.shut()

    async def switch(self, heard: wire.SetVoice) -> wire.Frame:
        """What comes of it. A later wish has the last word."""
        voice = voice_for(self.visit, await self._own_key()) if heard.on else None
        if voice is None and heard is self._wish:
            self.on = False
            self.shut()
        if heard.on and voice is None:
            return wire.error_response(_(NO_VOICE), heard.id)
        if voice is None:
            return wire.response(heard, on=False)
        keep(guarded("warming a voice", voice.warm))
        return wire.response(heard, on=True, voice=voice.name, says=voice.says)

    def speech(self, words: wire.SendText) -> Speech | None:
        """For the reply to these words; None where it is not to be heard."""
        if not (self.on and words.wants_sound):
            return None
        return self._queued(self._new(words.id))

    def remark(self, id: str, text: str) -> bool:
        """News of a drink, behind what she is saying. Whether it will be heard: nobody is talked over, and
        what would come late may be read."""
        by_another = any(speech.id == id for speech in ALOUD.get(self.visit.code, ()))
        if not self.on or self.guest_speaks() or by_another:  # two windows, one voice
            return False
        news = self._new(id, answer=False)
        self._queued(news).say(text)
        news.finish()
        return True

    def _new(self, id: str, *, answer: bool = True) -> Speech:
        language, pace = self.visit.language, Pace(self._reports)
        return Speech(id, Chosen(self._chosen), self.line, pace, answer=answer, language=language)

    def _queued(self, speech: Speech) -> Speech:
        aloud = ALOUD.setdefault(self.visit.code, [])
        speech.after = aloud[-1] if aloud else None
        for spoken in (aloud, self._mine):
            spoken.append(speech)
        keep(self._forget_when_done(speech))
        return speech

    def played(self, report: wire.Played) -> None:
        self._reports = True
        for speech in self._mine:
            if speech.id == report.turn:
                speech.pace.report(report.ms)

    def shut(self) -> None:
        """The guest reads on, or is gone: the record keeps all of the text."""
        for speech in list(self._mine):
            speech.stop()
            speech.stopped = False

    async def _own_key(self) -> str:
        """As it is now: the guest may have brought or taken it back since this stream began."""
        if not offered():
            return ""
        with suppress(Busy):
            return await asked(key_now, self.visit, "cartesia")
        return ""

    async def _chosen(self) -> Voice | None:
        """When the turn has begun, it has read the guest's keys anew. To open them takes the processor."""
        own = await asyncio.to_thread(keys_of, self.visit) if offered() else {}
        return voice_for(self.visit, own.get("cartesia", ""))

    async def _forget_when_done(self, speech: Speech) -> None:
        await speech.done.wait()
        self._mine.remove(speech)
        aloud = ALOUD[self.visit.code]
        aloud.remove(speech)
        if not aloud:
            del ALOUD[self.visit.code]
        for voice, characters in speech.spent.items():
            await guarded("the cost of a voice", asked, said_aloud, self.visit, speech.id, voice, characters)
