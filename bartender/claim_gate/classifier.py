"""Tells sentences that touch nothing from those that make a claim, and the languages that they are in.

A linear model over hashed words, their neighbours and letter n-grams, beside the word vectors' mean of the
sentence. It judges no truth: what makes a claim must be proven, in whatever words it comes. Its weights are
learned from the sentences in `tests/claim_classifier/corpus/`.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from bartender.claim_gate.features import plain_forms

if TYPE_CHECKING:
    from bartender.claim_gate.sentence_model import SentenceModel
    from bartender.menu.mentions import ItemNames

MIN_LANGUAGE_WORDS = 2
# A clause alone is less than was said, so it must be a claim more surely than a sentence.
SURE_CLAUSE = 0.9
_CLAUSE_BREAK = re.compile(
    r";|[,:]\s+(?:and|but|so|though|since|because|which|y|pero|as[ií] que|porque|aunque|que)\b", re.IGNORECASE
)


@lru_cache(maxsize=1024)
def _shares(forms: tuple[str, ...]) -> Mapping[str, float]:
    """How surely the sentence is each of "claim", "tab", "spanish" and "other language", from 0 to 1."""
    return _model().probabilities(forms)


@cache
def _model() -> SentenceModel:
    from bartender.claim_gate.sentence_model import load_model

    return load_model()


def _is_over_floor(head: str, forms: tuple[str, ...]) -> bool:
    return _shares(forms)[head] >= _model().floors[head]


def warm_up() -> None:
    """Reads the weights on a thread beside the start of the server, so that no guest's first words wait."""
    threading.Thread(target=_shares, args=[("hello",)], name="warm-claims", daemon=True).start()


def makes_claim(sentence: str, names: ItemNames) -> bool:
    """Whether it says something of orders, money, payment, allergens, strength, people fetched, time or
    stock, as a whole or in one of its clauses: “what an evening, and your Martini is paid for”."""
    if _is_over_floor("claim", plain_forms(sentence, names)):
        return True
    clauses = [one for one in _CLAUSE_BREAK.split(sentence) if one.count(" ") >= 2]
    return len(clauses) > 1 and any(
        _shares(plain_forms(clause, names))["claim"] >= SURE_CLAUSE for clause in clauses
    )


def is_about_tab(sentence: str, names: ItemNames) -> bool:
    """Whether a claim is about this guest's order or money."""
    return _is_over_floor("tab", plain_forms(sentence, names))


def is_foreign(sentence: str, names: ItemNames, *, is_spanish_visit: bool) -> bool:
    """Whether it is in no language of the visit: English, and Spanish on a Spanish visit."""
    letters = [char for char in sentence if char.isalpha()]
    if any(not unicodedata.name(char, "LATIN").startswith(("LATIN", "FULLWIDTH LATIN")) for char in letters):
        return True
    forms = plain_forms(sentence, names)
    if sum(form[0].isalpha() for form in forms) < MIN_LANGUAGE_WORDS:
        return False
    return _is_over_floor("other language", forms) or (
        not is_spanish_visit and _is_over_floor("spanish", forms)
    )
