"""What one stream shows of the house, and what there is to say when it looks again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from django.utils.translation import gettext as _

from bartender import wire
from bartender.records.visits import Visit
from bartender.services.bills import Bill
from bartender.services.sharing import SharedBill
from bartender.stream import talk
from bartender.stream.news import Care, Look, Remark, look
from bartender.stream.relay import relay_here
from bartender.stream.tasks import asked
from bartender.stream.telling import remark
from maya_site.lib.errors import Busy

TRY_AGAIN = 1.0
GATHER = 0.05  # one thing that a guest does moves money several times: looked at once


class Show:
    """Nothing is said twice, and nothing older than what was said."""

    def __init__(
        self,
        visit: Visit,
        say: Callable[[wire.Frame], None],
        over: Callable[[], None],
        aloud: Callable[[Remark], bool],
    ) -> None:
        self.visit = visit
        self.say = say
        self.over = over
        self.aloud = aloud  # whether a remark is said, too
        self.ready = False
        self.last: Look | None = None
        self.shown: Bill | None = None
        self.brain = ""
        self.shared: tuple[SharedBill, ...] = ()
        self.told = 0  # the newest turn that the page knows
        self._shown_at = 0.0
        self._stale = asyncio.Event()
        self._relay = relay_here()
        self._relay.join(visit.code, self.again)

    def stop(self) -> None:
        self._relay.leave(self.visit.code, self.again)

    def again(self) -> None:
        self._stale.set()

    def anew(self, told: int) -> None:
        """The page knows nothing but the turns up to this one: tell it everything once more."""
        self.ready, self.last, self.shown, self.told = True, None, None, told
        self.again()

    def answered(self, brain: str) -> None:
        """Another brain than the last time: what the page says of itself may be different now."""
        if brain != self.brain:
            self.brain = brain
            self.again()

    async def run(self) -> None:
        while True:
            await self._stale.wait()
            await asyncio.sleep(GATHER if self.last else 0)
            self._stale.clear()
            try:
                self.update(await asked(look, self.visit))
            except Busy:
                await asyncio.sleep(TRY_AGAIN)
                self.again()

    def update(self, now: Look) -> None:
        before, self.last = self.last, now
        if now.shared != self.shared:  # told with the tab, also where one's own has not changed
            self.shared, self.shown = now.shared, None
        if now.began >= self._shown_at:
            self.bill(now.bill, now.began)
        else:  # something newer was shown while this was read: not every change gives the tab a new version
            self.again()
        if not self.ready:
            return
        if now.payment and (before is None or now.payment != before.payment):
            self.say(wire.news("payment", **now.payment))
        self._tickets(now, before)
        self._remarks(now, before)
        self._menu(now, before)
        self._care(now.care, before.care if before else None)
        if before is None or now.words != before.words:
            self.say(wire.news("parts", parts=[word._asdict() for word in now.words]))
        if not now.open:
            self.over()

    def bill(self, bill: Bill, read: float | None = None) -> None:
        if not self.ready or bill == self.shown or self._is_older(bill):
            return
        self.shown, self._shown_at = bill, read or time.monotonic()
        self.say(wire.frame("server-message", wire.tab_message(bill, self.shared)))

    def _is_older(self, bill: Bill) -> bool:
        return self.shown is not None and bill.tab == self.shown.tab and bill.version < self.shown.version

    def _tickets(self, now: Look, before: Look | None) -> None:
        for number, ticket in now.tickets.items():
            known = before.tickets.get(number) if before else None
            if before and known is None:
                self.say(wire.news("order", ticket=number, lines=ticket["lines"]))
            if known is None or known["status"] != ticket["status"]:
                self.say(wire.news("ticket", **ticket))

    def _remarks(self, now: Look, before: Look | None) -> None:
        if before is None or now.taken != before.taken:
            self.say(wire.news("host", person=now.taken))
        if now.taken and not (before and before.taken):
            talk.interrupt(self.visit)  # Maya falls silent in the middle of her sentence
        for one in now.remarks:
            if one.number > self.told:
                self.told = one.number
                for frame in remark(one.id, one.who, one.text, aloud=self.aloud(one)):
                    self.say(frame)

    def _care(self, now: Care, before: Care | None) -> None:
        # Told first of all, too: a page that was cut off may show yesterday's.
        if before is None or (now.allergies, now.age_state) != (before.allergies, before.age_state):
            self.say(wire.news("care", allergies=list(now.allergies), age=now.age_state))
        if before is None:
            return
        for number, sentence in now.decided:
            if (number, sentence) not in before.decided:
                self.say(wire.news("notice", text=sentence))

    def _menu(self, now: Look, before: Look | None) -> None:
        if before is None or now.sold_out == before.sold_out:
            return
        self.say(wire.news("menu", sold_out=list(now.sold_out)))
        for name in now.sold_out:
            if name not in before.sold_out:
                self.say(wire.news("notice", text=_("%(drink)s is sold out for tonight.") % {"drink": name}))
