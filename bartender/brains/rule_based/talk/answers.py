"""What she answers to a remark: the topic's own words, else those of its section, else that she listens or does
not know. Nothing is said twice in a visit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from bartender.brains.rule_based.plan import TurnPlan
from bartender.brains.rule_based.talk.languages import SPEAKS_ENGLISH_AND_SPANISH, foreign_language
from bartender.brains.rule_based.talk.topics import choose_reply, fingerprint, read_topics

if TYPE_CHECKING:
    from bartender.brains.rule_based.talk.classifier import Topic

# Chosen on examples that were left out of training; tests/understanding/README.md has the figures.
SURE_OF_A_TOPIC = 0.65
SURE_OF_A_SECTION = 0.65
PERHAPS_AN_ORDER = 0.4
# Where it may be about life and death, a wrong answer costs little and silence much.
URGENT_SECTIONS = {"crisis": 0.15, "grief": 0.35, "heartache": 0.6, "low": 0.6}
MIN_SENTENCE_WORDS = 3
# Between sentences; before a "but"; and after a word of courtesy at the start ("excuse me, ...").
_PAUSE = re.compile(r"[.!?;\n]+|\b(?:but|pero)\b|^\W*\w+(?: \w+)?,\s")
# The bar's memory may know more of these than the topic's line does.
MEMORY_SECTIONS = frozenset({"house", "drinks"})
MANNERS_SECTION = "manners"
MAX_USED_REPLIES = 400
_VENUE = re.compile(r"\bmok(?:sha)?\b", re.IGNORECASE)
_WHERE = re.compile(r"\bwhere (?:am i|are we)\b|\bd[oó]nde est(?:oy|amos)\b", re.IGNORECASE)


def answer_in_their_language(plan: TurnPlan, said: str) -> bool:
    """Whether it was a language that she does not speak; then she says so in it, and nothing else is done."""
    language = foreign_language(said, plan.context.menu)
    if language:
        plan.add_sentence(SPEAKS_ENGLISH_AND_SPANISH[language], "neutral")
    return bool(language)


def answer_remark(plan: TurnPlan, said: str, *, asks: bool) -> None:
    """Nothing is to be done: the guest tells something, or asks what no table holds."""
    if _VENUE.search(said):
        plan.add_small_talk("venue")
        return
    key = "location" if _WHERE.search(said) else topic_of(said)
    otherwise = "lost" if not key and _may_be_an_order(said) else "dont_know" if asks else "talk"
    if asks and (not key or read_topics()[key].group in MEMORY_SECTIONS):
        plan.add_tool_call("recall", question=said.strip()[:200])
        without = TurnPlan(plan.context, plan.state)
        _say(without, key, said, otherwise)
        plan.fallback_sentences = without.sentences
        plan.emotion = without.emotion
    else:
        _say(plan, key, said, otherwise)


def _may_be_an_order(said: str) -> bool:
    """Nothing was made of it, and yet it sounds like one: then she says that she did not catch it."""
    # Here, because it needs numpy, which a start does not wait for.
    from bartender.brains.rule_based.talk.classifier import ORDER, probability_of

    return probability_of(ORDER, said) >= PERHAPS_AN_ORDER


def topic_of(said: str) -> str:
    """The topic or “[section]” that a remark surely has; "" otherwise."""
    # Here, because it needs numpy, which a start does not wait for.
    from bartender.brains.rule_based.talk.classifier import ACTS_GROUP, classify

    found = classify(said)
    parts = [classify(one) for one in sentences_of(said)]
    urgent = next((one for one in (found, *parts) if _is_urgent(one)), None)
    if urgent is not None:
        return urgent.key
    if found.group == ACTS_GROUP or found.group_probability < SURE_OF_A_SECTION or len(parts) > 1:
        # The first of several sentences that is clear by itself: the rest of them, or a courtesy, may cover it.
        clear = [
            one for one in parts if one.group != ACTS_GROUP and one.group_probability >= SURE_OF_A_SECTION
        ]
        found = next(iter(clear), found)
    if found.group == ACTS_GROUP:
        return ""
    topics = read_topics()
    if found.key in topics and found.probability >= SURE_OF_A_TOPIC:
        return found.key
    if found.group_probability < SURE_OF_A_SECTION:
        return ""
    section = f"[{found.group}]"
    # Between two manners, as between a hello and a "how are you", either answer fits.
    return section if topics[section].replies else found.key if found.group == MANNERS_SECTION else ""


def _is_urgent(found: Topic) -> bool:
    return URGENT_SECTIONS.get(found.group, 1) <= found.probability and found.key in read_topics()


def sentences_of(said: str) -> list[str]:
    """Of a remark that is more than one; also what follows a word of courtesy ("excuse me, ...")."""
    parts = [one.strip() for one in _PAUSE.split(said)]
    return [one for one in parts if len(one.split()) >= MIN_SENTENCE_WORDS and one != said.strip()]


def _say(plan: TurnPlan, key: str, said: str, otherwise: str) -> None:
    topics = read_topics()
    for one in (key, f"[{topics[key].group}]") if key else ():
        replies = topics[one].replies.get((get_language() or "en")[:2], ())
        if replies and (text := choose_reply(replies, said, plan.state.used_replies)):
            plan.state.used_replies = [*plan.state.used_replies, fingerprint(text)][-MAX_USED_REPLIES:]
            plan.add_sentence(text.replace("{venue}", plan.context.menu.venue), topics[one].emotion)
            return
    plan.add_small_talk(otherwise)
