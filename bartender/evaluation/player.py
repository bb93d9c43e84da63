"""Plays a scenario on a new visit, step by step, and keeps what was heard and what was then stored."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from asgiref.sync import sync_to_async

from bartender.brains import get_brain
from bartender.brains.base import BrainOutput, TextChunk, TurnContext
from bartender.conversation.events import TextDelta, TurnEnded, TurnEvent
from bartender.conversation.turn import take_turn
from bartender.dialogue.types import ToolCall
from bartender.evaluation import scenario
from bartender.evaluation.scenario import ScenarioStep
from bartender.facts import ToolResult
from bartender.menu.snapshot import set_available
from bartender.models.menu import MenuItem
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services import bills, orders, tickets
from bartender.services.bills import Bill, bill_of
from bartender.services.visits import open_visit
from maya_site.core.errors import ProviderError, Refusal
from payments import checkout
from payments.errors import NoOpenPayment
from payments.ledger import OperationContext, TipRule


@dataclass(frozen=True)
class StepOutcome:
    """One step: what the guest heard, what was done, and the tab before and after."""

    step: ScenarioStep
    bill_before: Bill
    bill: Bill
    sent_items: dict[str, int]
    reply: str = ""
    tool_calls: Sequence[dict[str, Any]] = ()
    phase: str = ""
    emotion: str = ""
    turn_outcome: str = ""
    refusal_text: str | None = None
    latency_ms: float | None = None


class ScenarioModel:
    """Follows the scenario. After its last round it repeats that round's text, and with `loops` its calls."""

    name = "scripted"

    def __init__(self, step: ScenarioStep) -> None:
        self.step = step

    async def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncIterator[BrainOutput]:
        past_the_end = len(rounds) >= len(self.step.model)
        for piece in self.step.model[min(len(rounds), len(self.step.model) - 1)]:
            for _ in range(piece.times):
                if isinstance(piece, scenario.ScriptedText):
                    yield TextChunk(piece.text)
                elif not past_the_end or self.step.loops:
                    yield ToolCall(piece.call, piece.arguments)


@dataclass
class ScenarioPlayer:
    visit: Visit
    brain: str | None  # None: each step brings its own model
    outcomes: list[StepOutcome] = field(default_factory=list)

    async def play_step(self, step: ScenarioStep) -> StepOutcome:
        before = await sync_to_async(bill_of)(self.visit)
        if step.say is None:
            text = await sync_to_async(_perform_action)(self.visit, step)
            found = await sync_to_async(_action_outcome)(self.visit, step, before, text)
        else:
            ended, reply, milliseconds = await self._play_turn(step)
            found = await sync_to_async(_turn_outcome)(self.visit, step, before, ended, reply, milliseconds)
        self.outcomes.append(found)
        return found

    async def _play_turn(self, step: ScenarioStep) -> tuple[TurnEnded | None, str, float]:
        client_id = uuid.uuid4().hex
        started = time.perf_counter()
        events = await _collect_events(self._start_turn(step, client_id), stop=step.stop)
        milliseconds = (time.perf_counter() - started) * 1000
        if step.twice:
            events = await _collect_events(self._start_turn(step, client_id))
        ended = events[-1] if isinstance(events[-1], TurnEnded) else None
        return (
            ended,
            "".join(event.text for event in events if isinstance(event, TextDelta)).strip(),
            milliseconds,
        )

    def _start_turn(self, step: ScenarioStep, client_id: str) -> AsyncGenerator[TurnEvent]:
        brain = get_brain(self.visit, self.brain) if self.brain else ScenarioModel(step)
        return cast(AsyncGenerator[TurnEvent], take_turn(self.visit, step.say or "", client_id, brain))


async def _collect_events(turn: AsyncGenerator[TurnEvent], *, stop: bool = False) -> list[TurnEvent]:
    events: list[TurnEvent] = []
    async for event in turn:
        events.append(event)
        if stop and isinstance(event, TextDelta):
            await turn.aclose()
            break
    return events


async def create_visit(language: str = "en") -> Visit:
    visit = await sync_to_async(open_visit)("chat")
    visit.language = language
    await visit.asave(update_fields=["language"])
    return visit


def _turn_outcome(
    visit: Visit, step: ScenarioStep, before: Bill, ended: TurnEnded | None, reply: str, milliseconds: float
) -> StepOutcome:
    """Goes by what the database holds of the turn, not by what the turn says of itself."""
    turn = visit.turns.latest("pk")
    visit.refresh_from_db()
    return StepOutcome(
        step=step,
        bill_before=before,
        bill=bill_of(visit),
        sent_items=_sent_items(visit),
        reply=reply,
        tool_calls=turn.tool_calls,
        phase=visit.phase,
        emotion=visit.emotion,
        turn_outcome=ended.outcome if ended else turn.outcome,
        latency_ms=milliseconds,
    )


def _action_outcome(visit: Visit, step: ScenarioStep, before: Bill, refused: str | None) -> StepOutcome:
    visit.refresh_from_db()
    return StepOutcome(
        step,
        before,
        bill_of(visit),
        _sent_items(visit),
        phase=visit.phase,
        emotion=visit.emotion,
        refusal_text=refused,
    )


def _sent_items(visit: Visit) -> dict[str, int]:
    lines = OrderLine.objects.filter(visit=visit, ticket__isnull=False, quantity__gt=0)
    return _sum_quantities((item_label(line.name, line.modifiers), line.quantity) for line in lines)


def item_label(item: str, modifiers: Sequence[str]) -> str:
    return f"{item} ({', '.join(sorted(modifiers))})" if modifiers else item


def order_counts(bill: Bill) -> dict[str, int]:
    return _sum_quantities((item_label(line.item, line.modifiers), line.quantity) for line in bill.lines)


def _sum_quantities(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    found = Counter[str]()
    for name, quantity in rows:
        found[name] += quantity
    return dict(found)


# --- what is done by hand ----------------------------------------------------------------------------


def _perform_action(visit: Visit, step: ScenarioStep) -> str | None:
    """Does what a button, the till's page or staff would do. Returns the text of a refusal, or None."""
    cause = OperationContext(f"live:{uuid.uuid4().hex}", source="button")
    try:
        if step.tap:
            orders.add_line(visit, step.tap.item, step.tap.quantity, step.tap.modifiers, cause)
        elif step.tip_button:
            bills.set_tip(visit, _tip_rule(step.tip_button), cause)
        elif step.staff:
            _apply_staff_step(visit, step.staff)
        elif step.press:
            BUTTON_ACTIONS[step.press](visit, cause)
    except (Refusal, ProviderError) as error:
        return str(error)
    return None


def _tip_rule(tip: scenario.TipStep) -> TipRule:
    return (
        TipRule(cents=tip.dollars or 0)
        if tip.percent is None
        else TipRule(basis_points=round(tip.percent * 100) or None)
    )


def _apply_staff_step(visit: Visit, staff: scenario.StaffStep) -> None:
    if name := staff.sold_out or staff.back_on:
        drink = MenuItem.objects.get(name=name)
        set_available([drink.pk], available=staff.back_on is not None)
    if staff.begins:
        for ticket in Ticket.objects.filter(visit=visit, status=Ticket.Status.NEW):
            tickets.bump_ticket(ticket)


def _confirm_payment(visit: Visit, cause: OperationContext) -> None:
    card = bill_of(visit).payment
    bills.confirm_payment(visit, card.nonce if card else "")


def _approve_payment(visit: Visit, cause: OperationContext) -> None:
    if payment := bills.last_payment(visit):
        checkout.mark_paid(payment, cause)
    else:
        raise NoOpenPayment


def _decline_payment(visit: Visit, cause: OperationContext) -> None:
    if payment := bills.last_payment(visit):
        checkout.end_attempt(payment, "failed", cause)
    else:
        raise NoOpenPayment


BUTTON_ACTIONS: dict[str, Callable[[Visit, OperationContext], object]] = {
    "place_order": tickets.fire_ticket,
    "undo": orders.undo_last_line,
    "pay": bills.request_bill,
    "confirm": _confirm_payment,
    "not_yet": bills.decline_payment,
    "till_approves": _approve_payment,
    "till_declines": _decline_payment,
}
