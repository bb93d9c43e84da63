"""Tells sentences that touch nothing from those that make a claim, and the languages that they are in.

A linear model over hashed words, their neighbours and letter n-grams, beside the word vectors' mean of the
sentence. It judges no truth: what makes a claim must be proven, in whatever words it comes. Its weights are
learned from the sentences in `tests/claim_classifier/corpus/`.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from bartender.claim_gate.features import plain_forms

if TYPE_CHECKING:
    from bartender.menu.mentions import ItemNames

MIN_LANGUAGE_WORDS = 2


@lru_cache(maxsize=1024)
def _heads_over_floor(forms: tuple[str, ...]) -> frozenset[str]:
    """What the model says that the sentence is: "claim", "tab", "spanish", "other language"."""
    from bartender.claim_gate.sentence_model import get_model

    model = get_model()
    shares = model.probabilities(forms)
    return frozenset(head for head, share in shares.items() if share >= model.floors[head])


def warm_up() -> None:
    """Reads the weights on a thread beside the start of the server, so that no guest's first words wait."""
    threading.Thread(target=_heads_over_floor, args=[("hello",)], name="warm-claims", daemon=True).start()


def makes_claim(sentence: str, names: ItemNames) -> bool:
    """Whether it says something of orders, money, payment, allergens, strength, people fetched, time or
    stock."""
    return "claim" in _heads_over_floor(plain_forms(sentence, names))


def is_about_tab(sentence: str, names: ItemNames) -> bool:
    """Whether a claim is about this guest's order or money."""
    return "tab" in _heads_over_floor(plain_forms(sentence, names))


def is_foreign(sentence: str, names: ItemNames, *, is_spanish_visit: bool) -> bool:
    """Whether it is in no language of the visit: English, and Spanish on a Spanish visit."""
    letters = [char for char in sentence if char.isalpha()]
    if any(not unicodedata.name(char, "LATIN").startswith(("LATIN", "FULLWIDTH LATIN")) for char in letters):
        return True
    forms = plain_forms(sentence, names)
    if sum(form[0].isalpha() for form in forms) < MIN_LANGUAGE_WORDS:
        return False
    found = _heads_over_floor(forms)
    return "other language" in found or (not is_spanish_visit and "spanish" in found)
