"""What a few words mean only because of what was asked before: a question, a price, a unit."""

from __future__ import annotations

import re
from typing import Any

from bartender.brains.base import TurnContext
from bartender.brains.rule_based.intents import ChooseOption, MenuQuestion, Tip
from bartender.brains.rule_based.segments import Segment, SpeechAct
from bartender.brains.rule_based.tips import currency_words_pattern
from bartender.brains.rule_based.tokenizer import ITEM
from maya_site.core.currencies import SYMBOL_CHARACTERS
from maya_site.core.venue import venue_currency


def parse_follow_up_question(segment: Segment, context: TurnContext) -> MenuQuestion | None:
    """ "How much is a gin?" "And a double gin?": the same question again."""
    kind = str(context.brain_state.get("about", ""))
    short = segment.has_question_mark and segment.speech_act == SpeechAct.ORDER and len(segment.tokens) < 6
    if (
        kind
        and short
        and segment.has_kind(ITEM)
        and not re.search(r"\b(?:can|could|get|have|please)\b", segment.text)
    ):
        return MenuQuestion(kind, tuple(token.name for token in segment.item_tokens()))
    return None


_DESCRIBED = re.compile(
    r"\b(?:the|that) (?:one|ones) (?:with|on|from|in|made (?:with|of)|that (?:has|is|comes with)) (?:the |a |an |some )*(?P<what>[a-z]+)"
)


def parse_described_choice(segment: Segment, context: TurnContext) -> ChooseOption | None:
    """ "The one on tap", "the one with the gin": one of those that were just named."""
    named = context.brain_state.get("options") or context.brain_state.get("compared")
    found = _DESCRIBED.search(segment.text)
    is_choice = segment.speech_act not in (SpeechAct.QUESTION, SpeechAct.NEGATION, SpeechAct.STORY)
    return ChooseOption(description=found.group("what")) if named and found and is_choice else None


_PRICE_OF_IT = re.compile(
    r"^(?:and |so |but |okay )*(?:how much (?:is|for) (?:it|that|one|that one|this one)|what does (?:it|that) cost)$"
)
_DRINK_QUESTION_KINDS = {
    "recipe",
    "describe",
    "strength",
    "have",
    "strongest",
    "weakest",
    "dearest",
    "cheapest",
    "allergen",
}


def is_price_of_last_drink(segment: Segment, context: TurnContext) -> bool:
    """ "What's in a Manhattan?" "And how much is it?": the drink, not the tab."""
    is_about_drink = context.brain_state.get("about") in _DRINK_QUESTION_KINDS and bool(
        context.brain_state.get("focus")
    )
    return is_about_drink and asks_price_of_it(segment)


def asks_price_of_it(segment: Segment) -> bool:
    return _PRICE_OF_IT.search(segment.text) is not None


def parse_tip_unit(segment: Segment, pending_question: dict[str, Any]) -> Tip | None:
    """ "Percent", said to "Is that 20 percent, or 20 dollars?" """
    if pending_question.get("kind") != "tip_unit":
        return None
    value = int(str(pending_question["value"]))
    if re.search(r"percent|%|per cent", segment.text):
        return Tip(bp=value * 100)
    of = venue_currency()
    named = re.search(rf"[{SYMBOL_CHARACTERS}]|\b(?:{currency_words_pattern(of)})\b", segment.text)
    return Tip(cents=value * of.minor_units_per_unit) if named else None
