"""Tips, questions, the bill, yes and no: what is said beside the order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from bartender.brains.house import acts, answers
from bartender.brains.house.groups import Group
from bartender.brains.house.ordering import take
from bartender.brains.house.plan import Plan
from bartender.brains.house.questions import mood_of

_POINTS = re.compile(r"\b(?:it|that|this|one|those|these|them|they)\b", re.IGNORECASE)


def tip(plan: Plan, act: acts.Tip) -> None:
    if act.absurd:
        plan.say(_("A tip is between nothing and the whole bill, whatever you feel is right."), "flustered")
    elif act.unclear:
        asked = _("Is that %(number)s percent, or %(number)s dollars?") % {"number": act.unclear}
        plan.ask(asked, kind="tip_unit", value=act.unclear)
    elif act.bp is not None:
        plan.call("set_tip", percent=act.bp / 100)
    elif act.cents is not None and act.cents > 10_000_000:
        plan.say(_("That is kinder than the house allows. Try a smaller tip."), "flustered")
    else:
        plan.call("set_tip", cents=act.cents or 0)


def about(plan: Plan, act: acts.About) -> None:
    if not act.items and plan.book.focus and _of_the_focus(plan, act):
        act = replace(act, items=(plan.book.focus["item"],))
    if act.kind == "recommend" and plan.book.about == "allergen":
        return  # asked in the same breath: what is known to be free of it has just been named
    if act.kind == "recommend" and not act.word:
        act = replace(act, word=mood_of(plan.scene.said))
    if (
        not act.items
        and act.kind in ("cheapest", "dearest", "strongest", "weakest")
        and len(plan.book.options) > 1
    ):
        act = replace(act, items=tuple(plan.book.options))
    found = answers.answer(act, plan.scene)
    plan.book.about = act.kind
    plan.say(found.text, "thinking")
    if found.options:
        together = plan.said[:-1] and plan.book.options
        plan.book.options = [*plan.book.options, *found.options] if together else list(found.options)
        plan.book.focus = {"item": found.options[0], "modifiers": list(act.modifiers)}
        if len(found.options) == 1:
            plan.book.pending = {"kind": "offer", "item": found.options[0]}


def _of_the_focus(plan: Plan, act: acts.About) -> bool:
    """Whether the question is about the drink that was named last. "I'm allergic to nuts" names none."""
    if act.kind == "allergen":
        return _POINTS.search(plan.scene.said) is not None
    return act.kind in ("price", "strength", "recipe", "describe")


def simple(plan: Plan, act: acts.Simple) -> None:
    if tool := _TOOLS.get(act.kind):
        plan.call(tool)
    elif act.kind in _TALKS:
        _TALKS[act.kind](plan)
    else:
        plan.talk(act.kind)


def _send(plan: Plan) -> None:
    waiting = any(line.status == "open" for line in plan.scene.bill.lines)
    if plan.scene.bill.status == "closing":
        plan.call("check_payment_status")
    elif plan.draft.groups or (waiting and plan.scene.bill.status == "open"):
        plan.call("place_order")
    elif plan.scene.bill.lines and plan.scene.bill.status == "open":
        plan.say(_("Everything is with the bar already. Ask for the bill whenever you like."))
    else:
        plan.say(_("All right. I'm here when you'd like something."))


def _yes(plan: Plan) -> None:
    pending = plan.book.pending
    if pending.get("kind") == "offer":
        take(plan, Group(item=pending["item"]))
    elif plan.scene.bill.status == "closing":
        plan.call("create_payment")
    elif pending.get("kind") == "send":
        _send(plan)
    elif pending:
        plan.book.pending = pending
        plan.say(_("Gladly. Which one shall it be?"), "thinking")
    else:
        plan.say(_("Good. What can I get you?"))


def _no(plan: Plan) -> None:
    if plan.book.pending.get("kind") == "send" and plan.scene.bill.status == "open":
        plan.say(_("All right. Say the word when I should send it."))
    else:
        plan.talk("declined")


def _not_yet(plan: Plan) -> None:
    plan.say(_("No rush, take all the time you like."))


_TOOLS = {
    "pay": "create_payment",
    "bill": "get_bill",
    "balance": "get_balance",
    "tip?": "get_tip",
    "order?": "get_order",
    "paid?": "check_payment_status",
}
_TALKS: dict[str, Callable[[Plan], None]] = {"send": _send, "yes": _yes, "no": _no, "not_yet": _not_yet}
