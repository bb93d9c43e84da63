"""Questions why something is on the tab: "what is the second IPA?", "who ordered the lager?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from bartender.brains.rule_based.plan import TurnPlan
from bartender.brains.rule_based.segments import Segment, is_courtesy
from bartender.brains.rule_based.tokenizer import ANY, ITEM, MOD, OFF, ORD
from bartender.services.bills import BillLine
from maya_site.core.indefinite_article import with_article

NOT_THERE_MESSAGE = "I don't see %(drink)s on your tab."
MAX_LINES = 3  # explained in one answer
_TAB = r"(?:on|onto|to|in) (?:my|our|the|this) (?:tab|bill|check|cheque|account|order|receipt)"
_DRINK = r"(?:(?:the|that|this|these|those|a|an|any|my|our|NUM|ORD|MOD|other) )*(?:ITEM|ANY)"
# With or without a drink in it: the tab, or being charged, says what it is about.
_ABOUT_THE_TAB = re.compile(
    rf"\bwhy\b.*\b{_TAB}\b|\bwhy\b.*\b(?:charged?|charging|billed?|billing|paying|pay) (?:me |us )?for\b"
    rf"|\bhow (?:did|come|has|have|is|are)\b.*\b{_TAB}\b|\bwho\b.*\b(?:put|rang|added|ordered)\b.*\b{_TAB}\b"
    rf"|\bwhat (?:is|are|was|were) {_DRINK} (?:(?:doing|for|there|here) )*{_TAB}\b"
)
# Of a drink, that must be on the tab.
_ABOUT_A_DRINK = re.compile(
    rf"\bwho (?:\w+ )?(?:ordered|order|asked for|put|added|wanted|rang|requested) (?:\w+ ){{0,2}}?{_DRINK}\b"
    rf"|\bwhen (?:did|was|were|have) (?:\w+ ){{0,2}}?(?:order|ordered|asked?|add|added|put)? ?(?:for )?{_DRINK}\b"
    rf"|\bwhat (?:is|was) (?:the|that|this|my) ORD (?:ITEM|ANY)$|\bwhere (?:does|did|is|are) {_DRINK} (?:come )?from\b"
    rf"|\bdid (?:i|we) (?:really |even |ever )?(?:order|ask for|have) {_DRINK}$"
)


def answer_line_question(plan: TurnPlan, parts: Sequence[Segment]) -> bool:
    """Looks the lines up; False if nothing of the kind was asked. What is said beside it must name no drink."""
    about_lines = [part for part in parts if _is_about_a_line(part, plan)]
    others = [part for part in parts if part not in about_lines and not is_courtesy(part.tokens)]
    if len(about_lines) != 1 or any(part.has_kind(ITEM, OFF, ANY, MOD) for part in others):
        return False
    lines = _find_lines(plan, about_lines[0])
    for line in lines[:MAX_LINES]:
        plan.add_tool_call("explain_line", line=line.number)
    if not lines:
        drinks = [token.name for token in about_lines[0].tokens if token.kind in (ITEM, OFF)]
        drink = with_article(drinks[0]) if drinks else _("that")
        plan.add_sentence(_(NOT_THERE_MESSAGE) % {"drink": drink}, "thinking")
    return True


def _is_about_a_line(segment: Segment, plan: TurnPlan) -> bool:
    shape = segment.shape.replace(" ,", "")
    if _ABOUT_THE_TAB.search(shape):
        return True
    return _ABOUT_A_DRINK.search(shape) is not None and bool(_find_lines(plan, segment))


def _find_lines(plan: TurnPlan, segment: Segment) -> list[BillLine]:
    """Those of the drink that is named, of "the second" the second; without a drink the one that was last."""
    names = {token.name for token in segment.tokens if token.kind in (ITEM, ANY) and token.name}
    if not names:
        last = None if segment.has_kind(OFF) else plan.tab_lines.find_line("")
        return [last] if last else []
    lines = [line for line in plan.context.bill.lines if names & {line.item, _category(plan, line)}]
    made = {token.name for token in segment.tokens if token.kind == MOD}
    lines = [line for line in lines if made <= set(line.modifiers)] or lines
    ordinal = next((token.number for token in segment.tokens if token.kind == ORD), 0)
    if not ordinal:
        return lines
    units = [line for line in lines for _unit in range(line.quantity)]
    place = ordinal - 1 if ordinal > 0 else len(units) + ordinal
    return [units[place]] if 0 <= place < len(units) else lines


def _category(plan: TurnPlan, line: BillLine) -> str:
    drink = plan.find_drink(line.item)
    return drink.category if drink else ""
