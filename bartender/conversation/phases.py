"""Where in an evening a guest is: greeting, ordering, talking, or due for the next round."""

from collections.abc import Sequence

from bartender.conversation.events import Phase
from bartender.services.bills import Bill

CHAT_BEFORE_NEXT_ROUND = 4
ORDERING = {"added", "changed", "removed", "cleared", "proposed", "tip_set", "bill"}


def next_phase(phase: Phase, kinds: Sequence[str], bill: Bill, chatted: int) -> Phase:
    """`kinds` are this turn's facts, `chatted` the turns in a row without any."""
    if "sent" in kinds and bill.status == "open":
        return "small_talk"
    if ORDERING & set(kinds):
        return "order_taking"
    if phase == "greeting":
        return "order_taking"
    if bill.status == "paid":
        return "small_talk"
    waiting = any(line.status == "open" for line in bill.lines)
    if bill.lines and not waiting and chatted and chatted % CHAT_BEFORE_NEXT_ROUND == 0:
        return "reorder_prompt"
    if chatted >= 2 or phase == "reorder_prompt":
        return "small_talk"
    return phase
