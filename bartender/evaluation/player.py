"""Plays a scenario on a fresh visit, step by step, and keeps what was heard and what then was so."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from asgiref.sync import sync_to_async

from bartender.brains import get_brain
from bartender.brains.base import Call, Piece, Result, Scene, Text
from bartender.conversation.events import Event, Said, TurnEnded
from bartender.conversation.turn import take_turn
from bartender.evaluation import scenario
from bartender.evaluation.scenario import Step
from bartender.menu.snapshot import set_available
from bartender.records.menu import MenuItem
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services import bills, orders, tickets
from bartender.services.bills import Bill, bill_of
from bartender.services.visits import open_visit
from maya_site.lib.db import inline
from maya_site.lib.errors import ProviderError, Refused
from payments import checkout
from payments.errors import NoPayment
from payments.ledger import Cause, TipRule


@dataclass(frozen=True)
class Happened:
    """One step: what the guest heard, what was done, and the tab before and after."""

    step: Step
    before: Bill
    bill: Bill
    with_the_bar: dict[str, int]
    reply: str = ""
    tools: Sequence[dict[str, Any]] = ()
    phase: str = ""
    emotion: str = ""
    outcome: str = ""
    refused: str | None = None
    milliseconds: float | None = None


class Obedient:
    """A model that does what the scenario says. Where its rounds are used up it insists on its last words;
    only one that loops makes its calls again."""

    name = "scripted"

    def __init__(self, step: Step) -> None:
        self.step = step

    async def reply(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncIterator[Piece]:
        past_the_end = len(rounds) >= len(self.step.model)
        for piece in self.step.model[min(len(rounds), len(self.step.model) - 1)]:
            for _ in range(piece.times):
                if isinstance(piece, scenario.Said):
                    yield Text(piece.text)
                elif not past_the_end or self.step.loops:
                    yield Call(piece.call, piece.arguments)


@dataclass
class Player:
    visit: Visit
    brain: str | None  # None: each step brings its own model
    happened: list[Happened] = field(default_factory=list)

    async def play(self, step: Step) -> Happened:
        before = await inline(bill_of, self.visit)
        if step.say is None:
            told = await inline(_by_hand, self.visit, step)
            found = await inline(_looked, self.visit, step, before, told)
        else:
            ended, reply, milliseconds = await self._turn(step)
            found = await inline(_ended, self.visit, step, before, ended, reply, milliseconds)
        self.happened.append(found)
        return found

    async def _turn(self, step: Step) -> tuple[TurnEnded | None, str, float]:
        client_id = uuid.uuid4().hex
        started = time.perf_counter()
        events = await _heard(self._take(step, client_id), stop=step.stop)
        milliseconds = (time.perf_counter() - started) * 1000
        if step.twice:
            events = await _heard(self._take(step, client_id))
        ended = events[-1] if isinstance(events[-1], TurnEnded) else None
        return ended, "".join(event.text for event in events if isinstance(event, Said)).strip(), milliseconds

    def _take(self, step: Step, client_id: str) -> AsyncGenerator[Event]:
        brain = get_brain(self.visit, self.brain) if self.brain else Obedient(step)
        return cast(AsyncGenerator[Event], take_turn(self.visit, step.say or "", client_id, brain))


async def _heard(turn: AsyncGenerator[Event], *, stop: bool = False) -> list[Event]:
    events: list[Event] = []
    async for event in turn:
        events.append(event)
        if stop and isinstance(event, Said):
            await turn.aclose()
            break
    return events


async def newcomer(language: str = "en") -> Visit:
    visit = await sync_to_async(open_visit)("chat")
    visit.language = language
    await visit.asave(update_fields=["language"])
    return visit


def _ended(
    visit: Visit, step: Step, before: Bill, ended: TurnEnded | None, reply: str, milliseconds: float
) -> Happened:
    """What the database says of the turn, not what the turn says of itself."""
    turn = visit.turns.latest("pk")
    visit.refresh_from_db()
    return Happened(
        step=step,
        before=before,
        bill=bill_of(visit),
        with_the_bar=_with_the_bar(visit),
        reply=reply,
        tools=turn.tools,
        phase=visit.phase,
        emotion=visit.emotion,
        outcome=ended.outcome if ended else turn.outcome,
        milliseconds=milliseconds,
    )


def _looked(visit: Visit, step: Step, before: Bill, refused: str | None) -> Happened:
    visit.refresh_from_db()
    return Happened(
        step,
        before,
        bill_of(visit),
        _with_the_bar(visit),
        phase=visit.phase,
        emotion=visit.emotion,
        refused=refused,
    )


def _with_the_bar(visit: Visit) -> dict[str, int]:
    lines = OrderLine.objects.filter(visit=visit, ticket__isnull=False, quantity__gt=0)
    return _counted((named(line.name, line.modifiers), line.quantity) for line in lines)


def named(item: str, modifiers: Sequence[str]) -> str:
    return f"{item} ({', '.join(sorted(modifiers))})" if modifiers else item


def order_of(bill: Bill) -> dict[str, int]:
    return _counted((named(line.item, line.modifiers), line.quantity) for line in bill.lines)


def _counted(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    found = Counter[str]()
    for name, quantity in rows:
        found[name] += quantity
    return dict(found)


# --- what is done by hand ----------------------------------------------------------------------------


def _by_hand(visit: Visit, step: Step) -> str | None:
    """A button, the till's page, or people behind the bar. The text of a refusal, or None."""
    cause = Cause(f"live:{uuid.uuid4().hex}", source="button")
    try:
        if step.tap:
            orders.add(visit, step.tap.item, step.tap.quantity, step.tap.modifiers, cause)
        elif step.tip_button:
            bills.set_tip(visit, _rule(step.tip_button), cause)
        elif step.staff:
            _behind_the_bar(visit, step.staff)
        elif step.press:
            PRESSED[step.press](visit, cause)
    except (Refused, ProviderError) as error:
        return str(error)
    return None


def _rule(tip: scenario.TipButton) -> TipRule:
    return (
        TipRule(cents=tip.dollars or 0)
        if tip.percent is None
        else TipRule(bp=round(tip.percent * 100) or None)
    )


def _behind_the_bar(visit: Visit, staff: scenario.Staff) -> None:
    if name := staff.sold_out or staff.back_on:
        drink = MenuItem.objects.get(name=name)
        set_available([drink.pk], available=staff.back_on is not None)
    if staff.begins:
        for ticket in Ticket.objects.filter(visit=visit, status=Ticket.Status.NEW):
            tickets.bump(ticket)


def _confirm(visit: Visit, cause: Cause) -> None:
    card = bill_of(visit).payment
    bills.confirm_payment(visit, card.nonce if card else "")


def _approve(visit: Visit, cause: Cause) -> None:
    if payment := bills.last_payment(visit):
        checkout.settle(payment, cause)
    else:
        raise NoPayment


def _decline(visit: Visit, cause: Cause) -> None:
    if payment := bills.last_payment(visit):
        checkout.give_up(payment, "failed", cause)
    else:
        raise NoPayment


PRESSED: dict[str, Callable[[Visit, Cause], object]] = {
    "place_order": tickets.fire,
    "undo": orders.undo,
    "pay": bills.ask_to_pay,
    "confirm": _confirm,
    "not_yet": bills.not_yet,
    "till_approves": _approve,
    "till_declines": _decline,
}
