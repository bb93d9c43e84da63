"""Sugar, caffeine, bitterness, hops and whether it is vegan: answered from what is written down of ingredients.

Where one ingredient of a drink is unknown, so is the drink, and nothing is said here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from bartender.menu.guest_facts import GuestFacts
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
    told = [_SENTENCES[kind](drink, drink.plain.guest_facts) for drink in drinks]
    return " ".join(told) if all(told) else ""


def _sugar_sentence(drink: Drink, facts: GuestFacts) -> str:
    grams = facts.sugar_grams
    if grams is None:
        return ""
    if not grams:
        return _("By its recipe there is no sugar in the %(drink)s.") % {"drink": drink.name}
    told = _("By its recipe the %(drink)s has about %(grams)s g of sugar.")
    return told % {"drink": drink.name, "grams": max(grams.quantize(Decimal(1)), Decimal(1))}


def _caffeine_sentence(drink: Drink, facts: GuestFacts) -> str:
    told = {
        "": "",
        "none": _("There is no caffeine in the %(drink)s."),
        "decaf": _("The %(drink)s is decaffeinated; a trace of caffeine is left."),
        "some": _("There is caffeine in the %(drink)s."),
    }
    return told[facts.caffeine] % {"drink": drink.name}


def _bitterness_sentence(drink: Drink, facts: GuestFacts) -> str:
    told = {
        "": "",
        "none": _("The %(drink)s is not bitter."),
        "mild": _("The %(drink)s is a little bitter."),
        "strong": _("The %(drink)s is bitter."),
    }
    return told[facts.bitterness] % {"drink": drink.name}


def _hops_sentence(drink: Drink, facts: GuestFacts) -> str:
    told = {
        "": "",
        "no": _("There are no hops in the %(drink)s."),
        "yes": _("There are hops in the %(drink)s."),
    }
    return told[facts.hops] % {"drink": drink.name}


def _vegan_sentence(drink: Drink, facts: GuestFacts) -> str:
    told = {
        "": "",
        "vegan": _("All that is in the %(drink)s is vegan."),
        "not": _("The %(drink)s is not vegan."),
    }
    return told[facts.vegan] % {"drink": drink.name}


_SENTENCES: dict[str, Callable[[Drink, GuestFacts], str]] = {
    "sugar": _sugar_sentence,
    "caffeine": _caffeine_sentence,
    "bitterness": _bitterness_sentence,
    "hops": _hops_sentence,
    "vegan": _vegan_sentence,
}
