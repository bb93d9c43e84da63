"""Decides the phase of a conversation: greeting, ordering, talking, or due for the next round."""

from collections.abc import Sequence

from bartender.dialogue.types import Phase
from bartender.facts import Fact
from bartender.services.bills import Bill

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
