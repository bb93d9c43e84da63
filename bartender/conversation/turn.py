"""One turn: the guest's words in, turn events out. It knows no socket and no SDK, and cannot write money.

In at most four rounds a brain's text passes the claim gate, then its tools run (services, then the ledger).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import chain, takewhile
from typing import Any

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from bartender.brains.base import (
    Brain,
    BrainOutput,
    BrainState,
    BrainSwitched,
    EmotionHint,
    TextChunk,
    TurnContext,
)
from bartender.claim_gate.evidence import Evidence, add_evidence, build_evidence
from bartender.claim_gate.gate import ClaimGate, UnsupportedClaim
from bartender.conversation.citations import cited_sources
from bartender.conversation.events import (
    EmotionChanged,
    PhaseChanged,
    TabChanged,
    TextDelta,
    ToolUsed,
    TurnEnded,
    TurnEvent,
    TurnStarted,
)
from bartender.conversation.fact_sentences import fact_sentence, fact_sentences
from bartender.conversation.limits import OutputQuota, limit_outputs
from bartender.conversation.persistence import (
    FinishedTurn,
    Outcome,
    StartedTurn,
    TakenOver,
    raise_if_taken_over,
    save_turn,
    start_turn,
)
from bartender.conversation.resumed_turns import end_turn_for_person, replay_turn
from bartender.conversation.token_counts import count_tokens
from bartender.conversation.turn_ending import (
    next_phase,
    open_questions,
    replacement,
    reportable_results,
    unreported_facts,
)
from bartender.dialogue.types import RULE_BASED_BRAIN, BudgetLevel, Emotion, TokenUsage, ToolCall
from bartender.facts import CORRECTION_TOOL, ToolResult
from bartender.facts.menu import PassagesRecalled
from bartender.models.visits import Turn, Visit
from bartender.services.bills import Bill, bill_of
from bartender.text.speakable import SpeakableTextFilter
from bartender.tools import ToolRunner
from bartender.tools.duplicate_calls import DuplicateCallGuard
from maya_site.core import tracing
from maya_site.core.db import DatabaseThreads
from maya_site.core.errors import ProviderError
from maya_site.core.metrics import CLAIMS_WITHHELD, TURN_SECONDS, TURNS

logger = logging.getLogger(__name__)

MAX_ROUNDS = 4
EMPTY_REPLY_TEXT = "I lost my train of thought there. Could you say that once more?"
PROVIDER_DOWN_TEXT = (
    "I'm having trouble thinking just now. The buttons still work, or ask me again in a little while."
)
INTERRUPTED_TEXT = "Forgive me, I lost my thread there."
MAX_WITHHELD_CHARS = 8_000


@dataclass
class _TurnState:
    """What one turn has gathered so far."""

    visit: Visit
    turn: Turn
    brain_name: str  # who is really answering
    context: TurnContext
    budget_level: BudgetLevel
    tool_runner: ToolRunner
    duplicate_guard: DuplicateCallGuard
    evidence: Evidence
    bill: Bill
    started: float
    quota: OutputQuota = field(default_factory=OutputQuota)
    # Filters a model's text of this round down to speech.
    text_filter: SpeakableTextFilter = field(default_factory=SpeakableTextFilter)
    reply_parts: list[str] = field(default_factory=list)
    results: list[ToolResult] = field(default_factory=list)
    rounds: list[list[ToolResult]] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    usage_by_model: dict[str, TokenUsage] = field(default_factory=dict)  # by model
    # This round's sentences from the first unsupported one on.
    withheld_sentences: list[str] = field(default_factory=list)
    # This round's claim that nothing backs even after its tools have run.
    unsupported_claims: list[UnsupportedClaim] = field(default_factory=list)
    first_answer: frozenset[str] | None = None  # its sentences, once it was corrected: they are not repeated
    is_round_start: bool = False
    emotion: Emotion = "neutral"
    brain_state: dict[str, Any] = field(default_factory=dict)
    first_text_ms: float | None = None
    outcome: str = Outcome.STOPPED
    is_undelivered: bool = False
    preface: str = ""  # said by code before a brain answers

    @property
    def is_model(self) -> bool:
        return self.brain_name != RULE_BASED_BRAIN


async def take_turn(
    visit: Visit,
    guest_text: str,
    client_id: str,
    brain: Brain,
    run_in_db: DatabaseThreads | None = None,
    *,
    is_undelivered: bool = False,
    transcribed_by: str = "",
) -> AsyncIterator[TurnEvent]:
    """Yields the turn's events. The same client id again repeats the first answer and does nothing twice.

    `run_in_db` takes the database work off a socket's event loop. Forms and the terminal leave it out: theirs
    is done on the thread that called async_to_sync, with its connection. `is_undelivered`: the guest hears
    nothing before the end, so a person who takes over can still answer instead.
    """
    started = time.perf_counter()
    run_in_db = run_in_db or (lambda work, /, *args, **kwargs: sync_to_async(work)(*args, **kwargs))
    begun = await run_in_db(start_turn, visit, guest_text, client_id, brain.name, transcribed_by)
    yield TurnStarted(client_id, brain.name, begun.notice, begun.is_new)
    if not begun.is_new:
        async for event in replay_turn(visit, begun, run_in_db):
            yield event
        return
    if begun.is_taken_over:
        yield end_turn_for_person(visit, begun)
        return
    # The guest's own yes is answered by code, whichever brain was chosen.
    state = _create_state(visit, begun, RULE_BASED_BRAIN if begun.direct_answer else brain.name, started)
    state.is_undelivered = is_undelivered
    with tracing.invoke_agent(state.brain_name, visit.code) as span:
        try:
            async for event in _run_turn(state, brain, run_in_db):
                yield event
            state.outcome = Outcome.DONE
        except TakenOver:
            state.outcome = Outcome.DONE
        except ProviderError as error:
            logger.warning("brain %s is away: %s", state.brain_name, error)
            span.record_error(error)
            yield _interrupted_reply(state)
            state.outcome = Outcome.FAILED
        finally:
            # Shielded: a guest's "stop" must not leave the turn half stored.
            ended = await asyncio.shield(run_in_db(_finish_turn, state))
            span.set_outcome(state.outcome)
    yield EmotionChanged(ended.emotion)
    if ended.phase != begun.context.phase:
        yield PhaseChanged(ended.phase)
    yield ended


def _create_state(visit: Visit, started_turn: StartedTurn, brain_name: str, started: float) -> _TurnState:
    scene = started_turn.context
    return _TurnState(
        visit=visit,
        turn=started_turn.turn,
        brain_name=brain_name,
        context=scene,
        budget_level=started_turn.budget_level,
        tool_runner=ToolRunner(
            visit, started_turn.turn.client_id, declined_items=started_turn.declined_items
        ),
        duplicate_guard=DuplicateCallGuard(scene.guest_text, scene.menu, is_spanish=visit.language == "es"),
        evidence=build_evidence(
            scene.menu,
            scene.bill,
            passages=[f"{passage.title} {passage.text}" for passage in scene.recalled_passages],
        ),
        bill=scene.bill,
        started=started,
        results=[started_turn.direct_answer] if started_turn.direct_answer else [],
        preface=started_turn.preface,
        brain_state=dict(scene.brain_state),
    )


async def _run_turn(state: _TurnState, brain: Brain, run_in_db: DatabaseThreads) -> AsyncIterator[TurnEvent]:
    if state.results:  # the guest's own yes or no to the bill: nothing for a brain to decide
        add_evidence(state.evidence, state.bill, state.results)
        state.emotion = "happy" if state.results[0].ok else "flustered"
        yield TabChanged(state.bill)
        yield _emit_text(state, state.results[0].text)
        return
    if state.preface:
        yield _emit_text(state, state.preface)
    for _attempt in range(MAX_ROUNDS):
        async for event in _run_round(state, brain, run_in_db):
            yield event
        if state.unsupported_claims and state.first_answer is None:
            _request_correction(state)
        elif state.unsupported_claims or not state.calls:
            break
    for event in _append_missing_facts(state):
        yield event


async def _run_round(state: _TurnState, brain: Brain, run_in_db: DatabaseThreads) -> AsyncIterator[TurnEvent]:
    """Emits the brain's text, runs its tools, and then checks the withheld sentences again."""
    gate = ClaimGate(state.evidence)
    state.calls, state.withheld_sentences, state.unsupported_claims, state.is_round_start = [], [], [], True
    state.text_filter = SpeakableTextFilter(state.text_filter.chars_left)
    with tracing.chat(brain.name) as span:
        async with aclosing(limit_outputs(brain.reply(state.context, state.rounds), state.quota)) as outputs:
            async for output in outputs:
                for event in _handle_output(state, gate, output, span):
                    yield event
    rest = gate.feed(state.text_filter.close()) if gate.is_llm_text else ()
    for event in _emit_or_withhold(state, chain(rest, gate.close())):
        yield event
    if state.calls:
        for event in await _run_tools(state, run_in_db):
            yield event
    if state.withheld_sentences:
        for event in _recheck_claims(state, gate):
            yield event


def _handle_output(
    state: _TurnState, gate: ClaimGate, output: BrainOutput, span: tracing.Span
) -> Iterator[TurnEvent]:
    match output:
        case TextChunk(text):
            gate.is_llm_text |= state.is_model
            text = state.text_filter.feed(text) if state.is_model else text
            yield from _emit_or_withhold(state, gate.feed(text))
        case ToolCall():
            state.calls.append(output)
        case EmotionHint(emotion):
            state.emotion = emotion
        case BrainState(notebook):
            state.brain_state = notebook
        case BrainSwitched(name):
            state.brain_name = name
        case TokenUsage():
            count_tokens(state.usage_by_model, output)
            span.set_token_usage(output.model, output.input, output.output, output.cached, output.thoughts)


def _emit_or_withhold(state: _TurnState, parts: Iterator[str | UnsupportedClaim]) -> Iterator[TurnEvent]:
    """Emits up to the first unsupported sentence; it and all that follow wait for this round's tools. If the
    turn has facts already, the guest hears those, so such a sentence is left out and the rest goes on."""
    for part in parts:
        if part.strip() in (state.first_answer or ()) if isinstance(part, str) else _has_facts(state):
            continue
        if state.withheld_sentences or isinstance(part, UnsupportedClaim):
            if sum(map(len, state.withheld_sentences)) < MAX_WITHHELD_CHARS:
                state.withheld_sentences.append(part.text if isinstance(part, UnsupportedClaim) else part)
        elif part.strip() or not state.is_round_start:
            yield from _emit_due_facts(state)
            yield _emit_text(state, part)


def _recheck_claims(state: _TurnState, gate: ClaimGate) -> Iterator[TurnEvent]:
    """Emits what may be heard now. A sentence that still may not be ends the round's text, as the rest builds
    on it; beside facts it is only left out."""
    for part in gate.recheck(state.withheld_sentences):
        if not isinstance(part, UnsupportedClaim):
            yield from _emit_due_facts(state)
            yield _emit_text(state, part)
        elif not _has_facts(state):
            CLAIMS_WITHHELD.labels(state.brain_name, part.kind).inc()
            logger.warning("held back a claim of %s that no fact backs: %s", state.brain_name, part.kind)
            state.unsupported_claims.append(part)
            return


def _has_facts(state: _TurnState) -> bool:
    return state.is_model and bool(reportable_results(state.results))


def _emit_due_facts(state: _TurnState) -> Iterator[TurnEvent]:
    """Says the facts that the guest has not heard yet, before the model's next words. A question waits for
    the end of the turn, so that the guest's yes answers that and nothing else."""
    if not state.is_model or not state.results:
        return
    if due := [*takewhile(lambda text: not text.endswith("?"), _due_facts(state))]:
        state.is_round_start = True
        yield _emit_text(state, " ".join(due))
        state.is_round_start = True


def _emit_text(state: _TurnState, text: str) -> TextDelta:
    if state.first_text_ms is None:
        state.first_text_ms = (time.perf_counter() - state.started) * 1000
        TURN_SECONDS.labels("first_text").observe(state.first_text_ms / 1000)
    # Rounds are divided by a space; within a round the brain's own white space stays.
    if (
        state.is_round_start
        and state.reply_parts
        and not (state.reply_parts[-1][-1:].isspace() or text[:1].isspace())
    ):
        text = f" {text}"
    state.is_round_start = False
    state.reply_parts.append(text)
    return TextDelta(text)


async def _run_tools(state: _TurnState, run_in_db: DatabaseThreads) -> list[TurnEvent]:
    """Runs this round's tools in one call to a database thread, each tool in a transaction of its own."""
    results, bill = await run_in_db(_execute_calls, state)
    state.results += results
    state.rounds.append(results)
    add_evidence(state.evidence, bill, results)
    used: list[TurnEvent] = [ToolUsed(one.call.name, one.call.arguments, one.ok, one.text) for one in results]
    changed = (
        bill.version != state.bill.version or bill.tab != state.bill.tab or bill.lines != state.bill.lines
    )
    state.bill = bill
    return [*used, TabChanged(bill)] if changed else used


def _execute_calls(state: _TurnState) -> tuple[list[ToolResult], Bill]:
    if state.is_undelivered:
        raise_if_taken_over(state.visit)
    guard = state.duplicate_guard if state.is_model else None
    return state.tool_runner.run_calls(state.calls, guard), bill_of(state.visit)


def _request_correction(state: _TurnState) -> None:
    """Tells the brain, once in a turn, which sentence nothing backs, so that it can answer anew."""
    state.first_answer = frozenset(filter(None, map(str.strip, state.reply_parts)))
    text = f"Say only what the tools' results back. Not backed: {state.unsupported_claims[0].text.strip()}"
    if said := "".join(state.reply_parts).strip():
        text = f"{text} The guest has heard: {said}"
    correction = ToolResult(ToolCall(CORRECTION_TOOL, {}), False, text)
    # If tools ran, it joins their round: a round may be listed only once.
    state.rounds[len(state.rounds) - bool(state.calls) :] = [
        [*(state.rounds[-1] if state.calls else []), correction]
    ]


def _append_missing_facts(state: _TurnState) -> Iterator[TurnEvent]:
    """Says the facts that were left unsaid, and what is so in place of an unsupported claim or of silence."""
    said = "".join(state.reply_parts)
    facts = _due_facts(state)
    if state.unsupported_claims or not (facts or said.strip()):
        facts = [
            text for text in fact_sentences(state.evidence, state.results) if text not in said
        ] or _replacements(state)
    if facts or not said.strip():
        state.is_round_start = True
        yield _emit_text(state, " ".join(facts) or _(EMPTY_REPLY_TEXT))


def _replacements(state: _TurnState) -> list[str]:
    if not state.unsupported_claims:
        return []
    scene = state.context
    text = replacement(state.unsupported_claims[0], scene.guest_text, scene.menu, state.bill)
    return [text] if text and text not in "".join(state.reply_parts) else []


def _due_facts(state: _TurnState) -> list[str]:
    """What the guest must hear of this turn's facts and has not heard."""
    said = "".join(state.reply_parts)
    if state.is_model:
        results = reportable_results(state.results)
        texts = [fact_sentence(state.evidence, result, result.fact) for result in results if result.fact]
    else:
        texts = [*unreported_facts(state.results, said), *open_questions(state.results)]
    return [text for text in dict.fromkeys(texts) if text and text not in said]


def _interrupted_reply(state: _TurnState) -> TextDelta:
    """What to say if the brain failed: what was done all the same, and an apology."""
    said = "".join(state.reply_parts)
    done = [
        text
        for text in dict.fromkeys(fact_sentences(state.evidence, state.results))
        if text and text not in said
    ]
    state.is_round_start = True
    return _emit_text(
        state, " ".join([*done, _(INTERRUPTED_TEXT if said.strip() or done else PROVIDER_DOWN_TEXT)])
    )


def _finish_turn(state: _TurnState) -> TurnEnded:
    # A turn that was stopped does not know of tools that were still running.
    bill = bill_of(state.visit) if state.outcome == Outcome.STOPPED else state.bill
    new_facts = [result.fact for result in state.results if result.ok and result.fact]
    facts = [fact for fact in new_facts if not fact.is_chat]
    # Counted here, as brains replace brain_state as they like.
    past_turns = int(state.context.brain_state.get("turns", 0))
    chatted = 0 if facts else int(state.context.brain_state.get("chatted", 0)) + 1
    phase = next_phase(state.context.phase, facts, bill, chatted)
    # Nobody who has had enough is asked whether they want another round.
    phase = "small_talk" if phase == "reorder_prompt" and state.context.is_slowdown_active else phase
    reply = "".join(state.reply_parts).strip()
    was_recalled = bool(state.context.recalled_passages) or any(
        isinstance(fact, PassagesRecalled) for fact in new_facts
    )
    ending = FinishedTurn(
        outcome=state.outcome,
        reply=reply,
        emotion=state.emotion,
        phase=phase,
        brain_name=state.brain_name,
        tools=[result.to_dict() for result in state.results],
        citations=cited_sources(reply, state.brain_name, state.context, state.results)
        if was_recalled
        else [],
        token_usages=list(state.usage_by_model.values()),
        brain_state=state.brain_state | {"chatted": chatted, "turns": past_turns + 1},
        budget_level=state.budget_level,
        first_text_ms=state.first_text_ms,
        elapsed_ms=(time.perf_counter() - state.started) * 1000,
        is_undelivered=state.is_undelivered,
    )
    ending = save_turn(state.visit, state.turn, ending)
    TURNS.labels(state.brain_name, state.outcome).inc()
    TURN_SECONDS.labels("total").observe(ending.elapsed_ms / 1000)
    return TurnEnded(
        turn_id=state.turn.client_id,
        outcome=ending.outcome,
        reply=ending.reply,
        brain_name=ending.brain_name,
        emotion=ending.emotion,
        phase=ending.phase,
        bill=bill,
        tool_calls=[{name: tool[name] for name in ("name", "arguments", "ok")} for tool in ending.tools],
        elapsed_ms=ending.elapsed_ms,
        citations=ending.citations,
    )


async def collect_events(events: AsyncIterator[TurnEvent]) -> list[TurnEvent]:
    """All events of a turn, for callers that show it as a whole."""
    return [event async for event in events]


def reply_text(events: Sequence[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta)).strip()
