"""The live stream of one guest. It reads, refuses and hands on, and waits for no turn and no button."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from channels.exceptions import StopConsumer
from django.utils.translation import activate

from bartender import wire
from bartender.framing import SUBPROTOCOL, Framing, JsonFraming, ProtobufFraming, Sound, agreed
from bartender.language import language_of_stream
from bartender.records.visits import MAYA, Visit
from bartender.services import visits
from bartender.stream import talk
from bartender.stream.limits import DOOR, Patience, TooMany
from bartender.stream.listening import Listening
from bartender.stream.mouth import Mouth
from bartender.stream.news import Remark
from bartender.stream.outbox import Outbox
from bartender.stream.show import Show
from bartender.stream.tasks import asked, guarded, keep
from bartender.stream.work import Work
from maya_site.lib.consumer import HouseConsumer
from maya_site.lib.cookies import regular_code_in, visit_code_in
from maya_site.lib.counters import VOICE_SESSIONS
from maya_site.lib.errors import Busy, Refused
from maya_site.lib.last_call import LAST_CALL

logger = logging.getLogger(__name__)

GOODBYE = 1000
RESTARTING = 4001
NO_VISIT = 4401
NO_SUBPROTOCOL = 4406
NOT_READING = 4408
VISIT_OVER = 4410
TOO_MANY = 4429
GARBLED = 4400
BUSY = 4503
LAST_WORDS = 2.0


class BarConsumer(HouseConsumer):
    """One guest, known by the signed cookie alone."""

    channel_layer_alias = None  # the relay hears the news for all streams: none of them dies with Redis

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit: Visit | None = None
        self.inside: tuple[str, str] | None = None
        self.leaving = self.closed = False
        self.framing: Framing = JsonFraming()
        self.outbox = Outbox(self._send)
        self.patience = Patience()
        self.tasks: list[asyncio.Task[Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.address = str((scope.get("client") or ("",))[0])
        VOICE_SESSIONS.inc()
        try:
            await super().__call__(scope, receive, send)
        finally:
            VOICE_SESSIONS.dec()
            self._clear_away()

    # --- coming in -----------------------------------------------------------------------------------

    async def connect(self) -> None:
        found = agreed(self.scope["subprotocols"])
        self.framing, spoken = found or (self.framing, None)
        await self.accept(subprotocol=spoken)
        self.tasks.append(keep(self._write()))
        if found is None:
            self.say(wire.error(f"Ask for the subprotocol {SUBPROTOCOL}, or for none.", fatal=True))
            return await self.farewell("no common subprotocol", NO_SUBPROTOCOL)
        cookies = self.scope.get("cookies", {})
        code, regular = visit_code_in(cookies), regular_code_in(cookies)
        if not code:
            return await self.farewell("no visit", NO_VISIT)
        try:
            DOOR.enter(code, self.address)
            self.inside = (code, self.address)
            language = language_of_stream(cookies, self._accepts())
            self.visit = await asked(visits.enter, code, regular=regular, language=language)
        except TooMany as refused:
            self.say(wire.error(str(refused), fatal=True))
            return await self.farewell("too many streams", TOO_MANY, retry_after=10)
        except Busy:
            return await self.farewell("the bar does not answer", BUSY, retry_after=5)
        if self.visit is None:
            return await self.farewell("visit over", VISIT_OVER)
        await self._settle_in(self.visit)

    def _accepts(self) -> str:
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        return headers.get(b"accept-language", b"").decode("latin-1")

    async def _settle_in(self, visit: Visit) -> None:
        activate(visit.language)  # all that is begun for this stream from here on speaks it
        self.show = Show(visit, self.say, self._visit_over, self._aloud)
        self.mouth = Mouth(visit, self)
        self.work = Work(visit, self.say, self.show, self.mouth)
        self.listening = Listening(visit, self.say, self.work.add)
        self.mouth.guest_speaks = lambda: self.listening.hears_somebody
        if isinstance(self.framing, ProtobufFraming):  # a stock client knows no wishes of the house's own
            wish = wire.SetVoice(id="stock", on=True)
            self.mouth.wish(wish)
            await self.mouth.switch(wish)
            self.listening.must_ask = False
        self.tasks += [keep(guarded("a stream's news", self.show.run))]
        self.tasks += [keep(guarded("a stream's buttons", self.work.run))]

    # --- listening -----------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.leaving or self.visit is None:
            return
        try:
            heard = self.framing.read(text_data, bytes_data)
            if isinstance(heard, Sound):
                return self.listening.hear(heard)
            if isinstance(heard, wire.Played) and self.patience.report():
                return self.mouth.played(heard)
            if not self.patience.message():
                raise TooMany.messages(heard.id)
            await self._hear(self.visit, heard)
        except (wire.Malformed, TooMany) as refused:
            await self._refuse(refused)
        except wire.NotUnderstood as unknown:
            in_time = self.patience.message()
            await self._refuse(unknown if in_time else TooMany.messages(unknown.id))

    async def _hear(self, visit: Visit, heard: wire.Heard) -> None:
        match heard:
            case wire.Ping():
                self.say(wire.response(heard))
            case wire.Interrupt():
                self.say(wire.response(heard, stopped=talk.interrupt(visit)))
            case wire.SetVoice():
                self.mouth.wish(heard)
                keep(guarded("switching the voice", self._switch_voice, heard))
            case wire.SetMicrophone():
                self.say(self.listening.switch(heard))
            case wire.SpeechEnded():
                self.listening.let_go()
            case wire.Played():
                self.mouth.played(heard)
            case wire.DisconnectBot():
                await self.farewell("goodbye", GOODBYE)
            case _:
                self.work.add(heard)

    async def _switch_voice(self, heard: wire.SetVoice) -> None:
        self.say(await self.mouth.switch(heard))

    async def _refuse(self, refused: Refused) -> None:
        """One answer and one line in the log each. Who goes on and on is asked to leave."""
        logger.info("stream of visit %s: %s", self._name, type(refused).__name__)
        self.say(wire.error_response(str(refused), getattr(refused, "id", "")))
        if isinstance(refused, wire.Malformed) and self.patience.garbled():
            await self.farewell("too many messages that I cannot read", GARBLED, retry_after=30)
        elif isinstance(refused, TooMany) and self.patience.hurried():
            await self.farewell("too many messages", TOO_MANY, retry_after=30)

    def _aloud(self, news: Remark) -> bool:
        """A person's words are theirs: she does not say them."""
        return news.who == MAYA and self.mouth.remark(news.id, news.text)

    # --- speaking ------------------------------------------------------------------------------------

    def say(self, frame: wire.Frame) -> None:
        self.outbox.put(self.framing.message(frame))

    def sound(self, pcm: bytes) -> None:
        self.outbox.put(self.framing.sound(pcm), sound=True)

    def hush(self) -> None:
        self.outbox.drop_sound()

    async def _send(self, frame: str | bytes) -> None:
        await (self.send(frame) if isinstance(frame, str) else self.send(bytes_data=frame))

    async def _write(self) -> None:
        """A guest who does not read costs no more than the outbox holds, and then the stream."""
        if not await self.outbox.run() and not self.closed:
            logger.info("stream of visit %s: does not read", self._name)
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await self._send(self.framing.message(wire.bye("you do not read along", retry_after=1)))
            await self._close(NOT_READING)

    # --- going ---------------------------------------------------------------------------------------

    async def farewell(self, reason: str, code: int, retry_after: float | None = None) -> None:
        """Said before it is done: hosts lose close codes, and never carry reasons."""
        if self.leaving:
            return
        self.leaving = True
        self.say(wire.bye(reason, retry_after))
        await self.outbox.emptied(within=LAST_WORDS)
        await self._close(code)

    async def _close(self, code: int) -> None:
        if not self.closed:
            self.closed = True
            self.outbox.close()
            await self.close(code=code)

    async def last_call(self) -> None:
        """The server stops: the turn under way is told to its end, or put down, then goodbye."""
        if self.visit and (turn := talk.running(self.visit)):
            await talk.put_down(turn, talk.LAST_TURN)
        await self.farewell("the bar restarts", RESTARTING, retry_after=1)

    def _visit_over(self) -> None:
        keep(self.farewell("visit over", VISIT_OVER))

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """As upstream, without its hop through the one global thread. A turn under way goes on."""
        self._clear_away()
        if LAST_CALL.called and self.visit and (turn := talk.running(self.visit)):
            await asyncio.wait({turn.task}, timeout=talk.LAST_TURN)
        raise StopConsumer

    def _clear_away(self) -> None:
        self.closed = True
        self.outbox.close()
        for task in self.tasks:
            task.cancel()
        if self.visit is not None:
            self.show.stop()
            self.mouth.shut()
            self.listening.close()
        if self.inside:
            DOOR.leave(*self.inside)
            self.inside = None

    @property
    def _name(self) -> str:
        return self.inside[0][:8] if self.inside else "none"
