"""Finds what a guest's sentence states that somebody must act on. It runs before any brain.

Ages are found by grammar (`ages`), everything else by a learned model (`model`) with a threshold for each
kind, over the whole sentence, its clauses, and windows of a long one, so that a statement beside an order is
found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bartender.menu.snapshot import Menu
from bartender.safety.ages import StatedAge, find_ages, states_of_age, states_under_age
from bartender.safety.allergens import find_allergens
from bartender.safety.features import (
    ALCOHOLIC_DRINK,
    SOFT_DRINK,
    StatementToken,
    fold_word,
    split_clauses,
    split_parts,
    tokenize_statement,
)
from bartender.safety.model import get_model, word_classes

NAMED_ALLERGEN_THRESHOLD = 0.7  # for an allergy if an allergen is named: "allergic to Mondays" names none
# Function words of questions and requests, a closed class.
_REQUEST_WORDS = frozenset(
    [
        "what",
        "which",
        "who",
        "how",
        "can",
        "could",
        "may",
        "would",
        "will",
        "get",
        "give",
        "make",
        "bring",
        "recommend",
        "suggest",
        "que",
        "cual",
        "cuales",
        "quien",
        "como",
        "puedo",
        "puedes",
        "podria",
        "podrias",
        "dame",
        "ponme",
        "traeme",
        "quiero",
        "recomiendas",
        "recomienda",
        "cancel",
        "remove",
        "swap",
        "another",
        "same",
        "cancela",
        "quitame",
        "cambiame",
        "otra",
        "otro",
        "mismo",
    ]
)
_TAKES_OFF = re.compile(r"\btake (?:it|that|this|those|them|the|my|mine)\b[^.!?]*\boff\b", re.IGNORECASE)


class StatementKind(StrEnum):
    MINOR_SELF = "minor_self"
    MINOR_OTHER = "minor_other"  # the drink is for somebody under age
    ALLERGY = "allergy"
    PREGNANCY = "pregnancy"
    DRIVING = "driving"
    MEDICINE = "medicine"  # or a doctor's word, or staying sober
    HAD_ENOUGH = "had_enough"
    REFUSAL = "refusal"  # of a further drink
    HUMAN = "human"  # wants a person, or help
    HARASSMENT = "harassment"
    COMPLAINT = "complaint"
    BOT_QUESTION = "bot_question"


# These hold all night, so a probability is not enough: a word of one of these classes must be there.
_REQUIRED_EVIDENCE = {
    StatementKind.MINOR_SELF: {"under_age", "<teen>", "<young>"},
    StatementKind.MINOR_OTHER: {"under_age", "young_kin", "<few>", "<teen>", "<young>"},
}
# Pronouns, a closed class, and verb forms that say who speaks: of somebody else, and of the guest.
_THIRD_PERSON_WORDS = frozenset(
    {
        "he",
        "she",
        "him",
        "her",
        "his",
        "hers",
        "they",
        "them",
        "their",
        "hes",
        "shes",
        "theyre",
        "hell",
        "shell",
    }
    | {"el", "ella", "ellos", "ellas", "su", "le", "les"}
)
_FIRST_PERSON_WORDS = frozenset(
    {"i", "im", "ive", "id", "ill", "we", "were", "weve"}
    | {"estoy", "tengo", "soy", "estamos", "tenemos", "somos", "conduzco", "manejo", "tomo", "voy"}
)


@dataclass(frozen=True)
class GuestStatements:
    """What was found. `text` is what a brain hears: the sentence without the guest's own age, which is no
    quantity."""

    text: str
    kinds: frozenset[StatementKind] = frozenset()
    states_legal_age: bool = False  # the guest states an age at or above the legal one
    allergens: tuple[str, ...] = ()
    # Drinks by the menu's names; empty with a REFUSAL: all of them.
    refused_drinks: frozenset[str] = frozenset()
    needs_reply: bool = False  # a drink is named or something is asked, so a brain has to answer
    is_only_about_others: bool = False  # somebody else is spoken of, and no word is about the guest
    mentions_others: bool = False  # somebody else is named or spoken of
    names_soft_drink: bool = False  # a drink without alcohol is named
    mentions_small_child: bool = False  # the only ages told of others are below ten


def extract_statements(text: str, menu: Menu) -> GuestStatements:
    """Takes about 0.5 ms for a usual sentence, and about 10 ms for the longest that is read."""
    words = tokenize_statement(text, drink_names(menu))
    kinds_by_part = {part: kinds for part in split_parts(words) if (kinds := _classify(part))}
    found = {kind for kinds in kinds_by_part.values() for kind in kinds}
    ages = find_ages(words)
    legal = menu.current_limits().legal_age
    own = [age for age in ages if age.person == "self" and (age.years >= legal or not age.is_minimum)]
    others = [age.years for age in ages if age.person == "other"]
    # What an age states outright overrides the model.
    of_age = states_of_age(words) or (bool(own) and all(age.years >= legal for age in own))
    if own or of_age:
        found.discard(StatementKind.MINOR_SELF)
    if states_under_age(words) or any(age.years < legal for age in own):
        found.add(StatementKind.MINOR_SELF)
    if others and min(others) >= legal:
        found.discard(StatementKind.MINOR_OTHER)
    classes = {word_classes().get(word.form, word.form) for word in words}  # numbers are classes already
    for kind, evidence in _REQUIRED_EVIDENCE.items():
        if kind in found and not ages and not (evidence & classes):
            found.discard(kind)
    refusals = [part for part, kinds in kinds_by_part.items() if StatementKind.REFUSAL in kinds]
    names_a_drink = any(word.drink for word in words)
    mentions_others = "adult_kin" in classes or any(word.form in _THIRD_PERSON_WORDS for word in words)
    return GuestStatements(
        text=_remove_ages(text, own) if own else text,
        kinds=frozenset(found),
        states_legal_age=of_age,
        allergens=find_allergens(words) if StatementKind.ALLERGY in found else (),
        refused_drinks=frozenset(word.drink for part in refusals[-1:] for word in part if word.drink),
        needs_reply=names_a_drink or _has_further_request(text, words, kinds_by_part),
        is_only_about_others=mentions_others and not any(word.form in _FIRST_PERSON_WORDS for word in words),
        mentions_others=mentions_others,
        names_soft_drink=any(word.form == SOFT_DRINK for word in words),
        mentions_small_child=bool(others) and max(others) < 10,
    )


def _has_further_request(
    text: str,
    words: Sequence[StatementToken],
    kinds_by_part: Mapping[tuple[StatementToken, ...], frozenset[StatementKind]],
) -> bool:
    """Whether anything is asked besides what Maya is."""
    what_she_is = [part for part, kinds in kinds_by_part.items() if StatementKind.BOT_QUESTION in kinds]
    others = [part for part in map(tuple, split_clauses(words)) if part not in what_she_is]
    if not what_she_is:
        asks = "?" in text or _TAKES_OFF.search(text) is not None
        return asks or any(word.form in _REQUEST_WORDS for word in words)
    return len(others) < len(split_clauses(words)) and any(
        word.form in _REQUEST_WORDS for part in others for word in part
    )


def _classify(part: Sequence[StatementToken]) -> frozenset[StatementKind]:
    likely = _cached_probabilities(tuple(word.form for word in part))
    floors = get_model().thresholds
    found = {StatementKind(kind) for kind, share in likely.items() if share >= floors[kind]}
    # A lower floor holds where an allergen is named, which is looked for only where that would decide.
    if likely.get(StatementKind.ALLERGY, 0) >= NAMED_ALLERGEN_THRESHOLD and find_allergens(part):
        found.add(StatementKind.ALLERGY)
    return frozenset(found)


@lru_cache(maxsize=256)
def _cached_probabilities(forms: tuple[str, ...]) -> dict[str, float]:
    return get_model().probabilities(forms)


def _remove_ages(text: str, ages: Sequence[StatedAge]) -> str:
    """The text without these ages; unchanged if nothing else was said."""
    rest = text
    for age in sorted(ages, key=lambda one: -one.start):
        rest = f"{rest[: age.start]} {rest[age.end :]}"
    return rest if any(letter.isalnum() for letter in rest) else text


@lru_cache(maxsize=4)
def drink_names(menu: Menu) -> Mapping[str, tuple[str, str]]:
    """What guests call tonight's drinks, folded, with the menu's name and the class. Cached for each menu."""
    return {
        fold_word(called): (drink.name, ALCOHOLIC_DRINK if drink.is_alcoholic else SOFT_DRINK)
        for drink in menu.drinks
        for called in (*drink.aliases, drink.name)
    }
