"""One turn: the guest's words in, typed events out. Knows no socket, no SDK and no way to write money.

brain -> tools -> services -> ledger, at most four rounds; what the brain says passes the claim gate.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from bartender.brains.base import Answering, Brain, Call, Feeling, Note, Piece, Result, Scene, Text, Used
from bartender.conversation.again import first_answer, held
from bartender.conversation.backing import backing_of, learn
from bartender.conversation.claims import Backing, ClaimGate, Held
from bartender.conversation.events import (
    Emotion,
    Event,
    Mood,
    PhaseChanged,
    Said,
    TabChanged,
    Thrift,
    ToolUsed,
    TurnEnded,
    TurnStarted,
)
from bartender.conversation.facts import on_the_tab, render
from bartender.conversation.limits import Share, heard
from bartender.conversation.phases import next_phase
from bartender.conversation.records import Begun, Ending, GaveWay, Outcome, begin, finish, give_way
from bartender.conversation.untold import untold
from bartender.quoting import sources_of
from bartender.records.visits import Turn, Visit
from bartender.services.bills import Bill, bill_of
from bartender.tools import Toolbelt
from maya_site.lib import tracing
from maya_site.lib.counters import CLAIMS_HELD, LLM_TOKENS, TURN_SECONDS, TURNS
from maya_site.lib.db import Hop, inline
from maya_site.lib.errors import ProviderError

logger = logging.getLogger(__name__)

MAX_ROUNDS = 4
HOUSE = "house"
SORRY = "I lost my train of thought there. Could you say that once more?"
AWAY = "My head is elsewhere for a moment. The buttons still work, or ask me again in a little while."
CUT_SHORT = "Forgive me, I lost my thread there."
CORRECTION = "claim_check"
DOUBTED_MOST = 8_000


@dataclass
class _State:
    """What one turn has gathered so far."""

    visit: Visit
    turn: Turn
    brain: str  # who is really answering
    scene: Scene
    thrift: Thrift
    belt: Toolbelt
    backing: Backing
    bill: Bill
    started: float
    share: Share = field(default_factory=Share)
    said: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    rounds: list[list[Result]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    uses: dict[str, Used] = field(default_factory=dict)  # by model
    doubted: list[str] = field(default_factory=list)  # this round's text from the first doubtful sentence on
    held: list[Held] = field(default_factory=list)  # this round's claim that is not so
    corrected: bool = False
    new_round: bool = False
    emotion: Emotion = "neutral"
    notebook: dict[str, Any] = field(default_factory=dict)
    first_text_ms: float | None = None
    outcome: str = Outcome.STOPPED
    unheard: bool = False

    def ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def kinds(self) -> list[str]:
        return [str(result.facts.get("kind", "")) for result in self.results if result.ok]


async def take_turn(
    visit: Visit, said: str, client_id: str, brain: Brain, hop: Hop = inline, *, unheard: bool = False
) -> AsyncIterator[Event]:
    """The same client id again gives the first answer, and does nothing twice.

    `unheard`: the guest hears nothing before its end, so it can still give way to a person who takes over.
    """
    started = time.perf_counter()
    begun = await hop(begin, visit, said, client_id, brain.name)
    yield TurnStarted(client_id, brain.name, begun.notice, begun.fresh)
    if not begun.fresh:
        async for event in first_answer(visit, begun, hop):
            yield event
        return
    if begun.silent:
        yield held(visit, begun)
        return
    # The guest's own yes is answered by the house, whoever would have thought.
    state = _state(visit, begun, HOUSE if begun.consent else brain.name, started)
    state.unheard = unheard
    with tracing.invoke_agent(state.brain, visit.code) as span:
        try:
            async for event in _answer(state, brain, hop):
                yield event
            state.outcome = Outcome.DONE
        except GaveWay:
            state.outcome = Outcome.DONE
        except ProviderError as error:
            logger.warning("brain %s is away: %s", state.brain, error)
            span.failed(error)
            yield _cut_short(state)
            state.outcome = Outcome.FAILED
        finally:
            # Shielded: a guest's "stop" must not leave the turn half written.
            ended = await asyncio.shield(hop(_end, state))
            span.ended(state.outcome)
    yield Mood(ended.emotion)
    if ended.phase != begun.scene.phase:
        yield PhaseChanged(ended.phase)
    yield ended


def _state(visit: Visit, begun: Begun, brain: str, started: float) -> _State:
    scene = begun.scene
    return _State(
        visit=visit,
        turn=begun.turn,
        brain=brain,
        scene=scene,
        thrift=begun.thrift,
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
    for _attempt in range(MAX_ROUNDS):
        async for event in _round(state, brain, hop):
            yield event
        if not (_ask_again(state) or (state.calls and not state.held)):
            break
    for event in _settle_claims(state):
        yield event


async def _round(state: _State, brain: Brain, hop: Hop) -> AsyncIterator[Event]:
    """Words, then tools; and what was said before the tools ran is judged by what they did."""
    gate = ClaimGate(state.backing)
    async for event in _speak(state, brain, gate):
        yield event
    if state.calls:
        for event in await _work(state, hop):
            yield event
    for event in _judge_again(state, gate):
        yield event


async def _speak(state: _State, brain: Brain, gate: ClaimGate) -> AsyncIterator[Event]:
    """One round of the brain. What it says is said on; what it wants done is collected."""
    state.calls, state.doubted, state.held, state.new_round = [], [], [], True
    with tracing.chat(brain.name) as span:
        async with aclosing(heard(brain.reply(state.scene, state.rounds), state.share)) as pieces:
            async for piece in pieces:
                for event in _take(state, gate, piece, span):
                    yield event
    for event in _through(state, gate.close()):
        yield event


def _take(state: _State, gate: ClaimGate, piece: Piece, span: tracing.Span) -> Iterator[Event]:
    if isinstance(piece, Text):
        gate.of_a_model |= state.brain != HOUSE
        yield from _through(state, gate.feed(piece.text))
    else:
        _collect(state, piece, span)


def _collect(state: _State, piece: Piece, span: tracing.Span) -> None:
    match piece:
        case Call():
            state.calls.append(piece)
        case Feeling(emotion):
            state.emotion = emotion
        case Note(notebook):
            state.notebook = notebook
        case Answering(name):
            state.brain = name
        case Used():
            _count(state, piece)
            span.used(piece.model, piece.input, piece.output, piece.cached, piece.thoughts)


def _count(state: _State, used: Used) -> None:
    before = state.uses.get(used.model, Used(used.model))
    state.uses[used.model] = Used(
        used.model,
        before.input + used.input,
        before.output + used.output,
        before.cached + used.cached,
        before.thoughts + used.thoughts,
        used.own,
    )
    for direction in ("input", "output", "cached", "thoughts"):
        LLM_TOKENS.labels(used.model, direction).inc(getattr(used, direction))


def _through(state: _State, parts: Iterator[str | Held]) -> Iterator[Event]:
    """A sentence that nothing backs yet waits for this round's tools, and what follows waits behind it."""
    for part in parts:
        if state.doubted or isinstance(part, Held):
            if sum(map(len, state.doubted)) < DOUBTED_MOST:
                state.doubted.append(part.text if isinstance(part, Held) else part)
        elif part:
            yield _say(state, part)


def _judge_again(state: _State, gate: ClaimGate) -> Iterator[Event]:
    """A claim that is still not so ends the round's text: what follows it was said of something else."""
    for part in gate.again(state.doubted):
        if isinstance(part, Held):
            CLAIMS_HELD.labels(state.brain, part.kind).inc()
            logger.warning("held back a claim of %s that no fact backs: %s", state.brain, part.kind)
            state.held.append(part)
            return
        yield _say(state, part)


def _say(state: _State, text: str) -> Said:
    if state.first_text_ms is None:
        state.first_text_ms = state.ms()
        TURN_SECONDS.labels("first_text").observe(state.first_text_ms / 1000)
    # Rounds are told one after the other; inside a round the brain's own white space stands.
    if state.new_round and state.said and not (state.said[-1][-1:].isspace() or text[:1].isspace()):
        text = f" {text}"
    state.new_round = False
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
    if state.unheard:
        give_way(state.visit)
    return state.belt.use(state.calls), bill_of(state.visit)


def _ask_again(state: _State) -> bool:
    """A brain that claimed what is not so hears of it once, and may answer anew."""
    if not state.held or state.corrected:
        return False
    state.corrected = True
    text = f"Say only what the tools' results back. Not backed: {state.held[0].text.strip()}"
    if said := "".join(state.said).strip():
        text = f"{text} The guest has heard: {said}"
    told = Result(Call(CORRECTION, {}), False, text, {"kind": "correction"})
    # After tools it belongs to their round: each round is heard of once.
    state.rounds[len(state.rounds) - bool(state.calls) :] = [
        [*(state.rounds[-1] if state.calls else []), told]
    ]
    return True


def _settle_claims(state: _State) -> Iterator[Event]:
    """In place of a claim that was not so, and beside what was left unsaid: the facts. And never silence."""
    said = "".join(state.said)
    told = _facts(state) if state.held or not said.strip() else untold(state.results, said)
    facts = [text for text in dict.fromkeys(told) if text not in said]
    if facts or not said.strip():
        state.new_round = True
        yield _say(state, " ".join(facts) or _stands(state))


def _cut_short(state: _State) -> Said:
    """The brain broke off: what was done all the same, and an honest word."""
    said = "".join(state.said)
    done = [text for text in dict.fromkeys(_facts(state)) if text not in said]
    state.new_round = True
    return _say(state, " ".join([*done, _(CUT_SHORT if said.strip() or done else AWAY)]))


def _facts(state: _State) -> list[str]:
    """What the tools of all rounds did; where they did nothing, how the tab stands."""
    done = [result for result in state.results if result.facts.get("kind") not in (None, "correction")]
    told = [_told(state, one) for one in done]
    return told or ([_stands(state)] if state.held else [])


def _told(state: _State, result: Result) -> str:
    """A refusal repeats what a brain asked for, a passage what somebody wrote: both pass the gate."""
    if not result.ok:
        return _gated(state, result.text, _("That was not possible."))
    if result.facts.get("kind") == "recalled":
        doubtful = _("I have a note on that, but nothing I could promise from it.")
        return _gated(state, render(result.facts), doubtful)
    return render(result.facts)


def _gated(state: _State, text: str, otherwise: str) -> str:
    gate = ClaimGate(state.backing, of_a_model=state.brain != HOUSE)
    parts = [*gate.feed(text), *gate.close()]
    return otherwise if any(isinstance(part, Held) for part in parts) else text


def _stands(state: _State) -> str:
    if not state.held:
        return _(SORRY)
    bill = state.bill
    told = render({"kind": "bill", "tip_bp": bill.tip_bp, **_amounts(bill)}) if bill.lines else ""
    return f"{on_the_tab(bill.lines)} {told}".rstrip()


def _amounts(bill: Bill) -> dict[str, Any]:
    return bill.amounts() | {"due_cents": bill.due_cents}


def _end(state: _State) -> TurnEnded:
    # Stopped in the middle, tools may have run that this turn has not heard of.
    bill = bill_of(state.visit) if state.outcome == Outcome.STOPPED else state.bill
    kinds = [kind for kind in state.kinds() if kind != "recalled"]  # to remember aloud is to chat
    # Counted here, whatever a brain does with its notebook.
    chatted = 0 if kinds else int(state.scene.notebook.get("chatted", 0)) + 1
    phase = next_phase(state.scene.phase, kinds, bill, chatted)
    phase = "small_talk" if phase == "reorder_prompt" and state.scene.eased else phase  # nobody is pressed
    reply = "".join(state.said).strip()
    ending = Ending(
        outcome=state.outcome,
        reply=reply,
        emotion=state.emotion,
        phase=phase,
        brain=state.brain,
        tools=[result.record() for result in state.results],
        sources=sources_of(reply, state.brain, state.scene, state.results),
        uses=list(state.uses.values()),
        notebook=state.notebook | {"chatted": chatted},
        thrift=state.thrift,
        first_text_ms=state.first_text_ms,
        elapsed_ms=state.ms(),
        unheard=state.unheard,
    )
    ending = finish(state.visit, state.turn, ending)
    TURNS.labels(state.brain, state.outcome).inc()
    TURN_SECONDS.labels("total").observe(ending.elapsed_ms / 1000)
    return ending.told(state.turn.client_id, bill)


async def collect(events: AsyncIterator[Event]) -> list[Event]:
    """All events of a turn, for callers that show it as a whole."""
    return [event async for event in events]


def spoken(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Said)).strip()
