"""Acts that are neither an order nor talk: waiting, another's tab, splitting, cash, asking back what was told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from bartender.brains.rule_based.intents import (
    Intent,
    KnowledgeQuestion,
    MenuQuestion,
    Order,
    SimpleIntent,
)
from bartender.brains.rule_based.plan import TurnPlan
from bartender.brains.rule_based.price_rule_answers import KIND as PRICE_RULES
from bartender.brains.rule_based.reader.tokens import fold
from bartender.brains.rule_based.small_talk import small_talk_line
from bartender.brains.rule_based.talk.answers import sentences_of
from bartender.brains.rule_based.talk.classifier import ACTS_GROUP, Topic, classify, probability_of
from bartender.brains.rule_based.talk.recall import MAX_REMARKS, is_statement, recall_remark

RECALLED_TEXT = "You told me: “%(words)s”."
NOTHING_RECALLED_TEXT = "That you have not told me yet. Tell me, and I'll know it for tonight."

# How sure the classifier must be: where nothing else was understood, something else, or what changes the tab.
SURE_ALONE, SURE_AGAINST_OTHERS, SURE_AGAINST_THE_TAB = 0.6, 0.75, 0.9
# An order may stand beside it, so its share is small; a wrong yes asks, a wrong no lands on the guest's own tab.
SURE_OF_THEIR_TAB = 0.3
SURE_OF_A_PERSON = 0.4  # a wrong one costs a sentence
THEIR_TAB = "their-tab"
_TAB = r"(?:tab|bill|check|cheque|account)"
_THEIRS = re.compile(
    rf"\b(?:on|onto|to) (?:his|her|their|(?:\w+ ){{0,4}}?\w+(?:'s|s')) {_TAB}\b|\b(?:on|to) the {_TAB} of (?!mine|ours)"
    r"|\b(?:en|a) (?:su cuenta|la cuenta del? (?!mi$|nosotr))"
)
_OWN = re.compile(
    rf"\b(?:(?:my|our) (?:own )?{_TAB}|(?:on|to) (?:the {_TAB}|mine|ours)|(?:mi|nuestra) cuenta|en la (?:mia|nuestra))\b"
)
_ALONE = re.compile(r"\b(?:left alone|leave me alone|left in peace)\b")
# Questions that the hours in the admin answer; where none are stored, the bar's memory or nobody does.
OPENING_TIMES = frozenset({"hours-open", "hours-close", "last-call"})
_BAR = r"(?:you|they|it|(?:the|this) (?:bar|house|place))"
_NOT_A_TAB = (
    rf"(?! (?:it|that|this|out|(?:my|the|our|this|that|la|mi|nuestra) (?:{_TAB}|bottle|window|cuenta))\b)"
)
# With a day in it the classifier takes such a question for talk of that day.
_ASKS_OPENING_TIMES = re.compile(
    rf"\b(?:are|is|will|do|does) {_BAR}(?: (?:guys|still|be|also|ever|even))* (?:open|close|closed|shut)\b{_NOT_A_TAB}"
    rf"|\b(?:when|what time|until when|till when|how late)\b.{{0,30}}\b(?:open|close|closing|shut)\b{_NOT_A_TAB}"
    r"|\b(?:opening|business) (?:hours|times?)\b|\b(?:when|what time) is (?:the )?last (?:call|orders?)\b"
    r"|\b(?:until when|till when|how late|how long) can (?:i|we) (?:still )?order\b"
    rf"|\b(?:a que hora|cuando|hasta cuando|hasta que hora|que dias?)\b.{{0,30}}\b(?:abr|cierr|cerr)\w*{_NOT_A_TAB}"
    r"|\b(?:hasta cuando|hasta que hora) (?:puedo|podemos|se puede) pedir\b|\b(?:el|vuestro|que) horario\b"
    r"|\b(?:abris|abren|cerrais|(?:estais|estan|esta)(?: el bar)? (?:abiertos?|cerrados?))\b"
)
ACTS = frozenset({"wait?", "split", "mine", "cash", "recall?", "how-to-pay", "person", "want-quiet"})


# What the grammar makes of “split the bill” and “my drink?”: the same subject, less closely read.
_NEAR_IT = [SimpleIntent(kind) for kind in ("bill", "pay", "order?", "balance", "paid?")]
# Answers that suit any question about drinks: not given where a remark surely has another topic.
_UNSPECIFIC_QUESTIONS = frozenset({"menu", "attribute"})


def is_rather_talk(said: str, intents: Sequence[Intent]) -> bool:
    """ "Are you on the menu?" The grammar sees the menu in it, and the classifier what it is about."""
    unspecific = all(
        isinstance(one, KnowledgeQuestion)
        or (isinstance(one, MenuQuestion) and one.kind in _UNSPECIFIC_QUESTIONS and not one.items)
        for one in intents
    )
    found = classify(said)
    return unspecific and found.group != ACTS_GROUP and found.probability >= SURE_AGAINST_OTHERS


def act_of(said: str, intents: Sequence[Intent], *, has_opening_times: bool = False) -> str:
    """The act that is surely meant, whatever the grammar and the tagger made of the words; "" if there is none.
    `stands_beside` tells whether they are carried out as well."""
    if any(isinstance(one, MenuQuestion) and one.kind == PRICE_RULES for one in intents):
        return ""  # “when is happy hour?” is known by the rule's name, and asks for no wait
    found = classify(said)
    orders = stands_beside(intents)
    if has_opening_times and not orders and _ASKS_OPENING_TIMES.search(fold(said)):
        return "hours-open"
    if _is_for_their_tab(said, SURE_OF_THEIR_TAB if orders else SURE_ALONE):
        return THEIR_TAB
    if request := _request_for_people(said, intents):
        return request
    if SimpleIntent("pay") in intents and _asks_to_pay(found):
        return ""
    floor = SURE_AGAINST_THE_TAB
    if all(isinstance(one, (MenuQuestion, KnowledgeQuestion)) or one in _NEAR_IT for one in intents):
        floor = SURE_ALONE
    elif all(isinstance(one, (MenuQuestion, KnowledgeQuestion, SimpleIntent)) for one in intents):
        floor = SURE_AGAINST_OTHERS
    acts = ACTS | OPENING_TIMES if has_opening_times else ACTS
    return found.key if found.key in acts and found.probability >= floor else ""


def _request_for_people(said: str, intents: Sequence[Intent]) -> str:
    """To be left alone, or for somebody of the staff."""
    if not stands_beside(intents) and _ALONE.search(fold(said)):
        return "want-quiet"
    is_for_a_person = any(probability_of("person", one) >= SURE_OF_A_PERSON for one in sentences_of(said))
    return "person" if is_for_a_person and not intents else ""


def _asks_to_pay(found: Topic) -> bool:
    """ "Can I pay?" is the wish itself, and no question about how."""
    return found.key == "how-to-pay" or (found.key == "cash" and found.probability < SURE_AGAINST_THE_TAB)


def _is_for_their_tab(said: str, floor: float) -> bool:
    """By the word for whose tab it is, where there is one; "charge it to table six" is for the classifier."""
    plain = fold(said)
    if _THEIRS.search(plain):
        return True
    return not _OWN.search(plain) and probability_of(THEIR_TAB, said) >= floor


def stands_beside(intents: Sequence[Intent]) -> bool:
    """ "Two beers, and we'll split it": an order is not dropped for what is asked beside it."""
    return any(isinstance(one, Order) and one.drinks for one in intents)


def carry_out(plan: TurnPlan, act: str, said: str, intents: Sequence[Intent]) -> None:
    """Nothing where there is no act, or where the grammar has read the same."""
    match act:
        case "":
            pass
        case _ if SimpleIntent(act) in intents and stands_beside(intents):
            pass
        case "wait?":
            plan.add_tool_call("get_wait")
        case "hours-open" | "hours-close" | "last-call":
            plan.add_tool_call("get_opening_times", day=said.strip()[:200])
        case "their-tab":
            _refuse_their_tab(plan, intents)
        case "recall?":
            words = recall_remark(said, plan.state.remarks)
            plan.add_sentence(
                _(RECALLED_TEXT) % {"words": words} if words else _(NOTHING_RECALLED_TEXT), "thinking"
            )
        case _:
            plan.add_small_talk(act)


def note_remark(plan: TurnPlan, said: str) -> None:
    """Keeps what was told, for the visit."""
    if is_statement(said):
        plan.state.remarks = [*plan.state.remarks, said.strip().rstrip(".")[:200]][-MAX_REMARKS:]


def _refuse_their_tab(plan: TurnPlan, intents: Sequence[Intent]) -> None:
    drinks = [one for intent in intents if isinstance(intent, Order) for one in intent.drinks if one.item]
    if not drinks:
        plan.add_small_talk(THEIR_TAB)
        return
    plan.offer(small_talk_line("own_tab", plan.context), drinks)
