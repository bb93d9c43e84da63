"""One turn: the guest's words in, typed events out. Knows no socket, no SDK and no way to write money.

brain -> tools -> services -> ledger, at most four rounds; what the brain says passes the claim gate.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from bartender.brains.base import Brain, Call, Feeling, Note, Result, Scene, Text
from bartender.conversation.backing import backing_of, learn
from bartender.conversation.claims import Backing, ClaimGate, Held
from bartender.conversation.events import (
    Emotion,
    Event,
    Mood,
    Phase,
    PhaseChanged,
    Said,
    TabChanged,
    ToolUsed,
    TurnEnded,
    TurnStarted,
)
from bartender.conversation.facts import render
from bartender.conversation.phases import next_phase
from bartender.conversation.records import Begun, Ending, Outcome, begin, finish, still_running
from bartender.records.visits import Turn, Visit
from bartender.services.bills import Bill, bill_of
from bartender.tools import Toolbelt
from maya_site.lib.counters import CLAIMS_HELD, TURN_SECONDS, TURNS
from maya_site.lib.db import Hop, inline
from maya_site.lib.errors import ProviderError

logger = logging.getLogger(__name__)

MAX_ROUNDS = 4
WAIT_FOR_FIRST = 10.0
SORRY = "I lost my train of thought there. Could you say that once more?"
AWAY = "My head is elsewhere for a moment. The buttons still work, or ask me again in a little while."
CORRECTION = "claim_check"


@dataclass
class _State:
    """What one turn has gathered so far."""

    visit: Visit
    turn: Turn
    scene: Scene
    belt: Toolbelt
    backing: Backing
    bill: Bill
    started: float
    said: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    rounds: list[list[Result]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    corrected: bool = False
    emotion: Emotion = "neutral"
    notebook: dict[str, Any] = field(default_factory=dict)
    first_text_ms: float | None = None
    outcome: str = Outcome.STOPPED

    def ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def kinds(self) -> list[str]:
        return [str(result.facts.get("kind", "")) for result in self.results if result.ok]


async def take_turn(
    visit: Visit, said: str, client_id: str, brain: Brain, hop: Hop = inline
) -> AsyncIterator[Event]:
    """The same client id again gives the first answer, and does nothing twice."""
    started = time.perf_counter()
    begun = await hop(begin, visit, said, client_id, brain.name)
    yield TurnStarted(client_id, brain.name)
    if not begun.fresh:
        async for event in _first_answer(visit, begun, hop):
            yield event
        return
    state = _state(visit, begun, started)
    try:
        async for event in _answer(state, brain, hop):
            yield event
        state.outcome = Outcome.DONE
    except ProviderError as error:
        logger.warning("brain %s is away: %s", brain.name, error)
        yield _say(state, AWAY)
        state.outcome = Outcome.FAILED
    finally:
        # Shielded: a guest's "stop" must not leave the turn half written.
        ended = await asyncio.shield(hop(_end, state, brain.name))
    yield Mood(ended.emotion)
    if ended.phase != begun.scene.phase:
        yield PhaseChanged(ended.phase)
    yield ended


def _state(visit: Visit, begun: Begun, started: float) -> _State:
    scene = begun.scene
    return _State(
        visit=visit,
        turn=begun.turn,
        scene=scene,
        belt=Toolbelt(visit, begun.turn.client_id),
        backing=backing_of(scene.menu, scene.bill),
        bill=scene.bill,
        started=started,
        results=[begun.consent] if begun.consent else [],
        notebook=dict(scene.notebook),
    )


async def _answer(state: _State, brain: Brain, hop: Hop) -> AsyncIterator[Event]:
    if state.results:  # the guest's own yes or no to the bill: nothing for a brain to decide
        learn(state.backing, state.bill, state.results)
        state.emotion = "happy" if state.results[0].ok else "flustered"
        yield TabChanged(state.bill)
        yield _say(state, state.results[0].text)
        return
    for _ in range(MAX_ROUNDS):
        async for event in _speak(state, brain):
            yield event
        if state.calls:
            for event in await _work(state, hop):
                yield event
        elif not _ask_again(state):
            break
    for event in _settle_claims(state):
        yield event


async def _speak(state: _State, brain: Brain) -> AsyncIterator[Event]:
    """One round of the brain. What it says is said on; what it wants done is collected."""
    gate = ClaimGate(state.backing)
    state.calls, state.held = [], []
    async for piece in brain.reply(state.scene, state.rounds):
        match piece:
            case Text(text):
                for event in _through(state, gate.feed(text), brain):
                    yield event
            case Call():
                state.calls.append(piece)
            case Feeling(emotion):
                state.emotion = emotion
            case Note(notebook):
                state.notebook = notebook
    for event in _through(state, gate.close(), brain):
        yield event


def _through(state: _State, parts: Iterator[str | Held], brain: Brain) -> Iterator[Event]:
    for part in parts:
        if isinstance(part, Held):
            CLAIMS_HELD.labels(brain.name, part.kind).inc()
            logger.warning("held back a claim of %s that no fact backs: %s", brain.name, part.kind)
            state.held.append(part)
        elif part:
            yield _say(state, part)


def _say(state: _State, text: str) -> Said:
    if state.first_text_ms is None:
        state.first_text_ms = state.ms()
        TURN_SECONDS.labels("first_text").observe(state.first_text_ms / 1000)
    state.said.append(text)
    return Said(text)


async def _work(state: _State, hop: Hop) -> list[Event]:
    """Run this round's tools in one hop, each in a transaction of its own."""
    results, bill = await hop(_use, state)
    state.results += results
    state.rounds.append(results)
    learn(state.backing, bill, results)
    used: list[Event] = [ToolUsed(one.call.name, one.call.arguments, one.ok, one.text) for one in results]
    changed = (
        bill.version != state.bill.version or bill.tab != state.bill.tab or bill.lines != state.bill.lines
    )
    state.bill = bill
    return [*used, TabChanged(bill)] if changed else used


def _use(state: _State) -> tuple[list[Result], Bill]:
    return state.belt.use(state.calls), bill_of(state.visit)


def _ask_again(state: _State) -> bool:
    """A brain that claimed what is not so hears of it once, and may answer anew."""
    if not state.held or state.corrected:
        return False
    state.corrected = True
    text = "Say only what the tools' results back. Not backed: " + " ".join(held.text for held in state.held)
    state.rounds.append([Result(Call(CORRECTION, {}), False, text, {"kind": "correction"})])
    return True


def _settle_claims(state: _State) -> Iterator[Event]:
    """In place of a claim that was not so: the facts. And never silence."""
    if state.held or not "".join(state.said).strip():
        done = [result for result in state.results if result.facts.get("kind") not in (None, "correction")]
        facts = [render(one.facts) if one.ok else one.text for one in done]
        gap = " " if state.said else ""
        yield _say(state, gap + (" ".join(facts) or _stands(state)))


def _stands(state: _State) -> str:
    if not state.held:
        return SORRY
    return render({"kind": "order", "lines": [_row(line) for line in state.bill.lines]})


def _row(line: Any) -> dict[str, Any]:
    return {"item": line.item, "quantity": line.quantity, "modifiers": line.modifiers}


def _end(state: _State, brain: str) -> TurnEnded:
    bill = bill_of(state.visit)
    kinds = state.kinds()
    chatted = 0 if kinds else int(state.notebook.get("chatted", 0)) + 1
    phase = next_phase(state.scene.phase, kinds, bill, chatted)
    tools = [_record(result) for result in state.results]
    ending = Ending(
        outcome=state.outcome,
        reply="".join(state.said).strip(),
        emotion=state.emotion,
        phase=phase,
        tools=tools,
        notebook=state.notebook | {"chatted": chatted},
        first_text_ms=state.first_text_ms,
        elapsed_ms=state.ms(),
    )
    finish(state.visit, state.turn, ending)
    TURNS.labels(brain, state.outcome).inc()
    TURN_SECONDS.labels("total").observe(ending.elapsed_ms / 1000)
    return _ended(state.turn.client_id, ending, brain, bill)


def _record(result: Result) -> dict[str, Any]:
    name, arguments = result.call.name, result.call.arguments
    return {"name": name, "arguments": arguments, "ok": result.ok, "facts": result.facts}


def _ended(client_id: str, ending: Ending, brain: str, bill: Bill) -> TurnEnded:
    return TurnEnded(
        turn=client_id,
        outcome=ending.outcome,
        reply=ending.reply,
        brain=brain,
        emotion=ending.emotion,
        phase=ending.phase,
        bill=bill,
        tools=[{name: tool[name] for name in ("name", "arguments", "ok")} for tool in ending.tools],
        elapsed_ms=ending.elapsed_ms,
    )


async def _first_answer(visit: Visit, begun: Begun, hop: Hop) -> AsyncIterator[Event]:
    """A repeated client id: wait for the first answer if it is still being given, then give that."""
    deadline = time.perf_counter() + WAIT_FOR_FIRST
    while await hop(still_running, begun.turn) and time.perf_counter() < deadline:
        await asyncio.sleep(0.1)
    ended = await hop(_replay, visit, begun.turn)
    yield Said(ended.reply)
    yield ended


def _replay(visit: Visit, turn: Turn) -> TurnEnded:
    turn.refresh_from_db()
    if turn.outcome == Outcome.RUNNING:
        turn = interrupt(visit, turn)
    outcome = "interrupted" if turn.outcome == Outcome.INTERRUPTED else "replayed"
    return TurnEnded(
        turn=turn.client_id,
        outcome=outcome,
        reply=turn.reply,
        brain=turn.brain,
        emotion=cast(Emotion, turn.emotion or "neutral"),
        phase=cast(Phase, turn.phase or "order_taking"),
        bill=bill_of(visit),
        tools=[{name: tool[name] for name in ("name", "arguments", "ok")} for tool in turn.tools],
        elapsed_ms=turn.elapsed_ms or 0.0,
    )


def interrupt(visit: Visit, turn: Turn) -> Turn:
    """A turn that a crash cut off: nothing of it is run again; what it had done is on the tab."""
    lines = render({"kind": "order", "lines": [_row(line) for line in bill_of(visit).lines]})
    turn.reply = f"I was cut off for a moment. {lines} If something is missing, please say it again."
    turn.outcome, turn.emotion = Outcome.INTERRUPTED, "flustered"
    turn.save(update_fields=["reply", "outcome", "emotion"])
    return turn


async def collect(events: AsyncIterator[Event]) -> list[Event]:
    """All events of a turn, for callers that show it as a whole."""
    return [event async for event in events]


def spoken(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Said)).strip()
