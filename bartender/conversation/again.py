"""Turns that no brain is asked for: one that was begun before, and one that a person will answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import cast

from django.utils.translation import gettext as _

from bartender.conversation.events import Emotion, Event, Phase, Said, TurnEnded
from bartender.conversation.facts import on_the_tab
from bartender.conversation.records import Begun, Outcome, still_running
from bartender.records.visits import PERSON, Turn, Visit
from bartender.services.bills import bill_of
from maya_site.lib.db import Hop

WAIT_FOR_FIRST = 10.0


async def first_answer(visit: Visit, begun: Begun, hop: Hop) -> AsyncIterator[Event]:
    """A repeated client id: wait for the first answer if it is still being given, then give that."""
    deadline = time.perf_counter() + WAIT_FOR_FIRST
    while await hop(still_running, begun.turn) and time.perf_counter() < deadline:
        await asyncio.sleep(0.1)
    ended = await hop(_replayed, visit, begun.turn)
    yield Said(ended.reply)
    yield ended


def held(visit: Visit, begun: Begun) -> TurnEnded:
    """Heard and kept, for the person who answers in Maya's place. No brain is asked."""
    return TurnEnded(
        turn=begun.turn.client_id,
        outcome=Outcome.DONE,
        reply="",
        brain=PERSON,
        emotion=cast(Emotion, visit.emotion),
        phase=begun.scene.phase,
        bill=begun.scene.bill,
    )


def _replayed(visit: Visit, turn: Turn) -> TurnEnded:
    turn.refresh_from_db()
    if turn.outcome == Outcome.RUNNING:
        turn = _interrupted(visit, turn)
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
        sources=turn.sources,
    )


def _interrupted(visit: Visit, turn: Turn) -> Turn:
    """A turn that a crash cut off: nothing of it is run again; what it had done is on the tab."""
    lines = on_the_tab(bill_of(visit).lines)
    told = _("I was cut off for a moment. %(lines)s If something is missing, please say it again.")
    turn.reply = told % {"lines": lines}
    turn.outcome, turn.emotion = Outcome.INTERRUPTED, "flustered"
    turn.save(update_fields=["reply", "outcome", "emotion"])
    return turn
