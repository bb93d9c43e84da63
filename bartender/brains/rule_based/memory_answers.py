"""Questions that the menu does not answer: the bar's memory does, and what it says is told with its source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

from django.utils.translation import gettext as _

from bartender.brains.base import TurnContext
from bartender.brains.rule_based import intents, payment_intents
from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.orders import add_to_draft
from bartender.brains.rule_based.plan import TurnPlan
from bartender.brains.rule_based.segments import Segment, SpeechAct
from bartender.brains.rule_based.tokenizer import ANY, ITEM, MOD, NUM
from bartender.facts import ToolResult
from bartender.facts.menu import PassagesRecalled
from rag.tokens import stemmed_terms

KNOWLEDGE_QUESTION = re.compile(
    r"\b(?:history|origins?|invent\w*|come from|comes from|from where|named after|(?:is|are) \w+ called|who (?:made|created|"
    r"founded|owns|built|started|painted|wrote)|founded|legend|(?:story|tale) (?:of|about|behind)|where .* (?:from|born)|"
    r"difference between|why (?:is|are|do|does|did|was)|philosophy)\b"
)
DEFINITION_QUESTION = re.compile(
    r"^(?:so |and |hey |maya )*(?:what (?:is|are|does|do you mean by)|whats|explain|define)\b"
)
MENU_OR_TAB_WORDS = re.compile(
    r"\b(?:how much|price|cost|owe|total|bill|tab|balance|tip|pay|paid|order|allerg\w*|gluten|nuts?|dairy|milk|eggs?|in it|"
    r"strong\w*|alcohol|recommend|suggest|menu|have you got|do you have|available)\b"
)
MAX_PASSAGE_CHARACTERS, MAX_PASSAGE_SEARCHED = 420, 3000
SENTENCE_BREAK = re.compile(r"(?<=[.!?…])\s+")
MEMORY_OPENERS = (
    "The house book says: ",
    "As it stands in the house book: ",
    "I know that one from the house book. ",
)


def is_knowledge_question(segment: Segment) -> bool:
    """Asks for what no table holds: where a drink comes from, what a word means, why things are so here."""
    asks = segment.has_question_mark or segment.speech_act == SpeechAct.QUESTION
    plain = segment.text.replace(" ,", "")
    if not asks and not re.search(r"^(?:please )?(?:tell|explain|teach)\b", plain):
        return False
    if MENU_OR_TAB_WORDS.search(plain) or segment.has_kind(NUM):
        return False
    unknown_word = DEFINITION_QUESTION.search(plain) is not None and not segment.has_kind(ITEM, MOD, ANY)
    return KNOWLEDGE_QUESTION.search(plain) is not None or unknown_word


USUAL_ORDER = re.compile(r"\b(?:the|my) usual\b")
NO_USUAL_MESSAGE = (
    "I don't know your usual yet. Order it, then say “remember my usual”, and I will from then on."
)


def handle_order_usual(plan: TurnPlan, intent: intents.OrderUsual) -> None:
    if not plan.context.usual_drinks:
        plan.add_sentence(_(NO_USUAL_MESSAGE), "flustered")
    for one in plan.context.usual_drinks:
        add_to_draft(
            plan,
            RequestedDrink(item=one.item, quantity=one.quantity, has_count=True, modifiers=one.modifiers),
        )


def handle_knowledge_question(plan: TurnPlan, intent: intents.KnowledgeQuestion) -> None:
    """What would be said without a memory is thought of at once: the answer comes a round later."""
    plan.add_tool_call("recall", question=plan.context.guest_text.strip()[:200])
    without = TurnPlan(plan.context, plan.state)
    if intent.fallback_menu_question:
        payment_intents.handle_menu_question(without, intent.fallback_menu_question)
    else:
        without.add_small_talk(intent.fallback_small_talk)
    plan.fallback_sentences = without.sentences


def recalled_sentences(results: Sequence[ToolResult], plan: TurnPlan) -> list[str]:
    """The first passage that surely answers; else what would be said without a memory."""
    said: list[str] = []
    for one in results:
        if isinstance(one.fact, PassagesRecalled):
            surely = [
                passage
                for passage in one.fact.sure_passages
                if _is_about(plan.context.guest_text, f"{passage.title} {passage.text}")
            ]
            said += (
                [f"{_pick_opener(plan.context)}{shorten_passage(surely[0].text)}"]
                if surely
                else plan.fallback_sentences
            )
    return said


def _is_about(question: str, passage: str) -> bool:
    """Whether the passage names what the question asks about: near in meaning alone is no answer."""
    # Here, because it needs numpy, which a start does not wait for.
    from bartender.brains.rule_based.talk.classifier import topic_model, words_of

    rare = " ".join(word for word in words_of(question) if word not in topic_model().weights)
    terms = set(stemmed_terms(rare))
    return not terms or not terms.isdisjoint(stemmed_terms(passage[:MAX_PASSAGE_SEARCHED]))


def shorten_passage(text: str) -> str:
    """As much as one listens to: whole sentences."""
    said = ""
    for sentence in SENTENCE_BREAK.split(" ".join(text.split())):
        if said and len(said) + len(sentence) > MAX_PASSAGE_CHARACTERS:
            break
        said = f"{said} {sentence}".strip()
    return said


def _pick_opener(context: TurnContext) -> str:
    return _(
        MEMORY_OPENERS[crc32(f"{context.guest_text}{len(context.history)}".encode()) % len(MEMORY_OPENERS)]
    )
