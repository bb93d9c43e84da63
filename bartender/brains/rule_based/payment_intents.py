"""Tips, questions, the bill, yes and no: what is said beside the order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bartender.brains.rule_based import intents, menu_answers
from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.orders import add_to_draft
from bartender.brains.rule_based.plan import TurnPlan
from bartender.brains.rule_based.questions import find_preference
from maya_site.core.venue import venue_currency

_PRONOUN = re.compile(r"\b(?:it|that|this|one|those|these|them|they)\b", re.IGNORECASE)


def handle_tip(plan: TurnPlan, intent: intents.Tip) -> None:
    if intent.is_out_of_range:
        plan.add_sentence(
            _("A tip is between nothing and the whole bill, whatever you feel is right."), "flustered"
        )
    elif intent.ambiguous_value:
        of = venue_currency().spoken_name(intent.ambiguous_value, get_language() or "en")
        values = {"number": intent.ambiguous_value, "money": of}
        question = _("Is that %(number)s percent, or %(number)s %(money)s?") % values
        plan.add_question(question, kind="tip_unit", value=intent.ambiguous_value)
    elif intent.bp is not None:
        plan.add_tool_call("set_tip", percent=intent.bp / 100)
    elif intent.cents is not None and intent.cents > 10_000_000:
        plan.add_sentence(_("That's kinder than we can accept. Try a smaller tip."), "flustered")
    else:
        plan.add_tool_call("set_tip", cents=intent.cents or 0)


MAX_COMPARED = 6


def handle_menu_question(plan: TurnPlan, intent: intents.MenuQuestion) -> None:
    if not intent.items and plan.state.focus and _is_about_last_drink(plan, intent):
        intent = replace(intent, items=(plan.state.focus["item"],))
    if intent.kind == "recommend" and plan.state.about == "allergen":
        return  # asked in the same breath: what is known to be free of it has just been named
    if intent.kind == "recommend" and not intent.keyword:
        intent = replace(intent, keyword=find_preference(plan.context.guest_text))
    if (
        not intent.items
        and intent.kind in ("cheapest", "dearest", "strongest", "weakest")
        and len(plan.state.options) > 1
    ):
        intent = replace(intent, items=tuple(plan.state.options))
    found = menu_answers.answer_menu_question(intent, plan.context)
    plan.state.about = intent.kind
    if intent.kind == "off":
        plan.note_not_had(intent.keyword)
    plan.add_sentence(found.text, "thinking")
    if found.options:
        together = plan.sentences[:-1] and plan.state.options
        before = plan.state.options if together else []
        plan.state.options = list(dict.fromkeys([*before, *found.options]))
        is_repeated = plan.context.brain_state.get("about") == intent.kind or together
        compared = plan.state.compared if is_repeated else []
        plan.state.compared = list(dict.fromkeys([*compared, *found.options]))[-MAX_COMPARED:]
        plan.state.focus = {"item": found.options[0], "modifiers": list(intent.modifiers)}
        if len(found.options) == 1:
            offered = {"item": found.options[0], "quantity": 1, "modifiers": []}
            plan.state.pending = {"kind": "offer", "drinks": [offered]}


def _is_about_last_drink(plan: TurnPlan, intent: intents.MenuQuestion) -> bool:
    """Whether the question is about the drink that was named last. "I'm allergic to nuts" names none."""
    if intent.kind == "allergen":
        return _PRONOUN.search(plan.context.guest_text) is not None
    return intent.kind in ("price", "strength", "recipe", "describe")


def handle_simple_intent(plan: TurnPlan, intent: intents.SimpleIntent) -> None:
    if tool := _TOOL_BY_KIND.get(intent.kind):
        plan.add_tool_call(tool)
    elif intent.kind in _HANDLER_BY_KIND:
        _HANDLER_BY_KIND[intent.kind](plan)
    else:
        plan.add_small_talk(intent.kind)


def _handle_send(plan: TurnPlan) -> None:
    waiting = any(line.status == "open" for line in plan.context.bill.lines)
    if plan.context.bill.status == "closing":
        plan.add_tool_call("check_payment_status")
    elif plan.draft.drinks or (waiting and plan.context.bill.status == "open"):
        plan.add_tool_call("place_order")
    elif plan.context.bill.lines and plan.context.bill.status == "open":
        plan.add_sentence(_("Everything is with the bar already. Ask for the bill whenever you like."))
    else:
        plan.add_sentence(_("All right. I'm here when you'd like something."))


def _handle_yes(plan: TurnPlan) -> None:
    pending = plan.state.pending
    if pending.get("kind") == "offer":
        for row in pending["drinks"]:
            made = tuple(row["modifiers"])
            add_to_draft(plan, RequestedDrink(item=row["item"], quantity=row["quantity"], modifiers=made))
    elif plan.context.bill.status == "closing":
        plan.add_tool_call("create_payment")
    elif pending.get("kind") == "send":
        _handle_send(plan)
    elif pending:
        plan.state.pending = pending
        plan.add_sentence(_("Gladly. Which one shall it be?"), "thinking")
    else:
        plan.add_sentence(_("Good. What can I get you?"))


def _handle_no(plan: TurnPlan) -> None:
    if plan.state.pending.get("kind") == "send" and plan.context.bill.status == "open":
        plan.add_sentence(_("All right. Say the word when I should send it."))
    else:
        plan.add_small_talk("declined")


def _handle_not_yet(plan: TurnPlan) -> None:
    plan.add_sentence(_("No rush, take all the time you like."))


_TOOL_BY_KIND = {
    "pay": "create_payment",
    "bill": "get_bill",
    "balance": "get_balance",
    "tip?": "get_tip",
    "order?": "get_order",
    "paid?": "check_payment_status",
}
_HANDLER_BY_KIND: dict[str, Callable[[TurnPlan], None]] = {
    "send": _handle_send,
    "yes": _handle_yes,
    "no": _handle_no,
    "not_yet": _handle_not_yet,
}
