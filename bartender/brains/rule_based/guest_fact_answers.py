"""Sugar, caffeine, bitterness, hops and whether it is vegan: answered from what is written down of ingredients.

Where one ingredient of a drink is unknown, so is the drink, and nothing is said here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.menu.snapshot import Drink

_QUESTION_WORDS = (
    ("sugar", re.compile(r"\bsugar(?:y|s|ed)?\b")),
    ("caffeine", re.compile(r"\b(?:caffeine|caffeinated|decaf\w*)\b")),
    ("hops", re.compile(r"\bhop(?:s|py|ped)\b")),
    ("vegan", re.compile(r"\bvegan\b")),
    ("bitterness", re.compile(r"\bbitter(?:ness)?\b")),
)


def answer_guest_fact(drinks: Sequence[Drink], said: str) -> str:
    """What `said`, in English, asks of these drinks. "" where it asks for no such fact, or one is unknown."""
    kind = next((name for name, words in _QUESTION_WORDS if words.search(said.lower())), "")
    if not kind:
        return ""
    sentences = [_sentence(kind, drink) for drink in drinks]
    return " ".join(sentences) if all(sentences) else ""


def _sentence(kind: str, drink: Drink) -> str:
    facts = drink.plain.guest_facts
    if kind == "sugar":
        return _sugar_sentence(drink, facts.sugar_grams)
    text = _SENTENCES[kind].get(getattr(facts, kind), "")
    return _(text) % {"drink": drink.name} if text else ""


def _sugar_sentence(drink: Drink, grams: Decimal | None) -> str:
    if grams is None:
        return ""
    if not grams:
        return _("By its recipe there is no sugar in the %(drink)s.") % {"drink": drink.name}
    text = _("By its recipe the %(drink)s has about %(grams)s g of sugar.")
    return text % {"drink": drink.name, "grams": max(grams.quantize(Decimal(1)), Decimal(1))}


# By the fact's value; of one that is missing here nothing is known.
_SENTENCES = {
    "caffeine": {
        "none": gettext_noop("There is no caffeine in the %(drink)s."),
        "decaf": gettext_noop("The %(drink)s is decaffeinated; a trace of caffeine is left."),
        "some": gettext_noop("There is caffeine in the %(drink)s."),
    },
    "bitterness": {
        "none": gettext_noop("The %(drink)s is not bitter."),
        "mild": gettext_noop("The %(drink)s is a little bitter."),
        "strong": gettext_noop("The %(drink)s is bitter."),
    },
    "hops": {
        "no": gettext_noop("There are no hops in the %(drink)s."),
        "yes": gettext_noop("There are hops in the %(drink)s."),
    },
    "vegan": {
        "vegan": gettext_noop("All that is in the %(drink)s is vegan."),
        "not": gettext_noop("The %(drink)s is not vegan."),
    },
}
