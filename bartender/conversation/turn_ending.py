"""What follows from a turn's facts at its end: what was done and not said, so that the guest is told of it
although the brain was silent; and the conversation's next phase (greeting, ordering, talking, or due for the
next round).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from bartender.dialogue.types import Phase
from bartender.errors import AlreadyOrdered, ServiceRefused, UnconfirmedQuantity
from bartender.facts import Fact, Reply, ToolResult
from bartender.facts.service import Refused
from bartender.services.bills import Bill
from bartender.text.normalize import plain_text


def unreported_facts(results: Sequence[ToolResult], reply: str) -> Iterator[str]:
    """The sentences of facts that must be reported and are not in the reply, and of refusals to serve that it
    does not repeat."""
    heard = Reply(plain_text(reply))
    for result in merge_repeated_results(results):
        fact = result.fact
        if isinstance(fact, Refused) and fact.error in _not_served_errors() and result.text not in reply:
            yield result.text
        if fact and result.ok and fact.must_report and not fact.is_reported_in(heard):
            yield fact.sentence()


@lru_cache(maxsize=1)
def _not_served_errors() -> frozenset[str]:
    kinds, waiting = set(), [ServiceRefused]
    while waiting:
        waiting += (kind := waiting.pop()).__subclasses__()
        kinds.add(kind.__name__)
    return frozenset(kinds)


def merge_repeated_results(results: Sequence[ToolResult]) -> list[ToolResult]:
    """The results in order, equal ones merged. A repeated call that was not carried out is left out."""
    merged: list[ToolResult] = []
    for result in results:
        if isinstance(result.fact, Refused) and result.fact.error == AlreadyOrdered.__name__:
            continue
        for place, earlier in enumerate(merged):
            both = earlier.fact.merged(result.fact) if earlier.fact and result.fact else None
            if both is not None:
                merged[place] = replace(earlier, fact=both)
                break
        else:
            merged.append(result)
    return merged


def open_questions(results: Sequence[ToolResult]) -> list[str]:
    """What the guest must decide because a brain wanted to order more than they said."""
    open_ones = (
        one.text
        for one in results
        if isinstance(one.fact, Refused) and one.fact.error == UnconfirmedQuantity.__name__
    )
    return list(dict.fromkeys(open_ones))


CHAT_TURNS_BEFORE_REORDER = 4


def next_phase(phase: Phase, facts: Sequence[Fact], bill: Bill, chat_turns: int) -> Phase:
    """The phase after a turn. `facts` are this turn's, without chat; `chat_turns`: turns in a row without
    any."""
    phases = {fact.phase for fact in facts}
    if "small_talk" in phases and bill.status == "open":
        return "small_talk"
    if "order_taking" in phases:
        return "order_taking"
    if phase == "greeting":
        return "order_taking"
    if bill.status == "paid":
        return "small_talk"
    waiting = any(line.status == "open" for line in bill.lines)
    if bill.lines and not waiting and chat_turns and chat_turns % CHAT_TURNS_BEFORE_REORDER == 0:
        return "reorder_prompt"
    if chat_turns >= 2 or phase == "reorder_prompt":
        return "small_talk"
    return phase
