"""Turns that no brain answers: those that were begun before, and those that a person will answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import cast

from django.utils.translation import gettext as _

from bartender.conversation.events import TextDelta, TurnEnded, TurnEvent
from bartender.conversation.persistence import Outcome, StartedTurn, is_still_running
from bartender.dialogue.types import Emotion, Phase
from bartender.facts.order import describe_tab
from bartender.models.visits import STAFF_BRAIN, Turn, Visit
from bartender.services.bills import bill_of
from maya_site.core.db import DatabaseThreads

ORIGINAL_TURN_TIMEOUT_SECONDS = 10.0


async def replay_turn(
    visit: Visit, started_turn: StartedTurn, run_in_db: DatabaseThreads
) -> AsyncIterator[TurnEvent]:
    """Repeats the first answer to a client id. Waits up to ORIGINAL_TURN_TIMEOUT_SECONDS for it; if it does
    not come, the turn ends as interrupted."""
    deadline = time.perf_counter() + ORIGINAL_TURN_TIMEOUT_SECONDS
    while await run_in_db(is_still_running, started_turn.turn) and time.perf_counter() < deadline:
        await asyncio.sleep(0.1)
    ended = await run_in_db(_load_replay, visit, started_turn.turn)
    yield TextDelta(ended.reply)
    yield ended


def end_turn_for_person(visit: Visit, started_turn: StartedTurn) -> TurnEnded:
    """The end of a turn that is stored, without a reply, for the person who answers in Maya's place."""
    return TurnEnded(
        turn_id=started_turn.turn.client_id,
        outcome=Outcome.DONE,
        reply="",
        brain_name=STAFF_BRAIN,
        emotion=cast(Emotion, visit.emotion),
        phase=started_turn.context.phase,
        bill=started_turn.context.bill,
    )


def _load_replay(visit: Visit, turn: Turn) -> TurnEnded:
    turn.refresh_from_db()
    if turn.outcome == Outcome.RUNNING:
        turn = _mark_interrupted(visit, turn)
    outcome = "interrupted" if turn.outcome == Outcome.INTERRUPTED else "replayed"
    return TurnEnded(
        turn_id=turn.client_id,
        outcome=outcome,
        reply=turn.reply_text,
        brain_name=turn.brain,
        emotion=cast(Emotion, turn.emotion or "neutral"),
        phase=cast(Phase, turn.phase or "order_taking"),
        bill=bill_of(visit),
        tool_calls=[{name: tool[name] for name in ("name", "arguments", "ok")} for tool in turn.tool_calls],
        elapsed_ms=turn.elapsed_ms or 0.0,
        citations=turn.citations,
    )


def _mark_interrupted(visit: Visit, turn: Turn) -> Turn:
    """Ends a turn that a crash cut off. Nothing of it is run again; what it had done is on the tab."""
    lines = describe_tab(bill_of(visit).lines)
    sentence = _("I was cut off for a moment. %(lines)s If something is missing, please say it again.")
    turn.reply_text = sentence % {"lines": lines}
    turn.outcome, turn.emotion = Outcome.INTERRUPTED, "flustered"
    turn.save(update_fields=["reply_text", "outcome", "emotion"])
    return turn
