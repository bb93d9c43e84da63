"""Questions that the menu does not answer: the house's memory does, and what it says is told with its source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

from django.utils.translation import gettext as _

from bartender.brains.base import Result, Scene
from bartender.brains.house import acts, manners
from bartender.brains.house.groups import Group
from bartender.brains.house.ordering import take
from bartender.brains.house.plan import Plan
from bartender.brains.house.reading import ANY, ITEM, MOD, NUM
from bartender.brains.house.segments import Mode, Segment

# Small talk that is a question about the house as soon as it is asked and not told.
OF_THE_HOUSE = frozenset("hours venue name wifi food age music philosophy travel sports weather".split())
LORE = re.compile(
    r"\b(?:history|origins?|invent\w*|come from|comes from|from where|named after|(?:is|are) \w+ called|who (?:made|created|"
    r"founded|owns|built|started|painted|wrote)|founded|legend|(?:story|tale) (?:of|about|behind)|where .* (?:from|born)|"
    r"difference between|why (?:is|are|do|does|did|was)|philosophy)\b"
)
TERM = re.compile(r"^(?:so |and |hey |maya )*(?:what (?:is|are|does|do you mean by)|whats|explain|define)\b")
FACTS = re.compile(
    r"\b(?:how much|price|cost|owe|total|bill|tab|balance|tip|pay|paid|order|allerg\w*|gluten|nuts?|dairy|milk|eggs?|in it|"
    r"strong\w*|alcohol|recommend|suggest|menu|have you got|do you have|available)\b"
)
MOST = 420
SENTENCE = re.compile(r"(?<=[.!?…])\s+")
OPENERS = (
    "The house book says: ",
    "As it stands in the house book: ",
    "I know that one from the house book. ",
)


def lore(segment: Segment) -> bool:
    """Asks for what no table holds: where a drink comes from, what a word means, why things are so here."""
    asks = segment.asks or segment.mode == Mode.QUESTION
    plain = segment.plain.replace(" ,", "")
    if not asks and not re.search(r"^(?:please )?(?:tell|explain|teach)\b", plain):
        return False
    if FACTS.search(plain) or segment.has(NUM):
        return False
    unknown_word = TERM.search(plain) is not None and not segment.has(ITEM, MOD, ANY)
    return LORE.search(plain) is not None or unknown_word


USUAL = re.compile(r"\b(?:the|my) usual\b")
NO_USUAL = "I don't know your usual yet. Order it, then say “remember my usual”, and I will from then on."


def the_usual(plan: Plan, act: acts.TheUsual) -> None:
    if not plan.scene.usual:
        plan.say(_(NO_USUAL), "flustered")
    for one in plan.scene.usual:
        take(plan, Group(item=one.item, quantity=one.quantity, counted=True, modifiers=one.modifiers))


def ask(plan: Plan, act: acts.Ask) -> None:
    """What would be said without a memory is thought of at once: the answer comes a round later."""
    plan.call("recall", question=plan.scene.said.strip()[:200])
    without = Plan(plan.scene, plan.book)
    if act.menu:
        manners.about(without, act.menu)
    else:
        without.talk(act.talk)
    plan.otherwise = without.said


def told(results: Sequence[Result], plan: Plan) -> list[str]:
    """The first passage that surely answers; else what would be said without a memory."""
    said: list[str] = []
    for one in results:
        if one.facts.get("kind") == "recalled":
            surely = [row["text"] for row in one.facts["passages"] if row["sure"]]
            said += [f"{_opener(plan.scene)}{shortened(surely[0])}"] if surely else plan.otherwise
    return said


def shortened(text: str) -> str:
    """As much as one listens to: whole sentences."""
    said = ""
    for sentence in SENTENCE.split(" ".join(text.split())):
        if said and len(said) + len(sentence) > MOST:
            break
        said = f"{said} {sentence}".strip()
    return said


def _opener(scene: Scene) -> str:
    return _(OPENERS[crc32(f"{scene.said}{len(scene.history)}".encode()) % len(OPENERS)])
