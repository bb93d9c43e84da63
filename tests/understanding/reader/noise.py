"""The same sentence in other words of the same kind, and as hasty thumbs and speech recognisers give it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from bartender.brains.rule_based.reader.tokens import fold
from tests.understanding.reader.examples import Example, LabelledToken, slot_spans, split, text_of
from tests.understanding.reader.generation import (
    ENGLISH_NAMES,
    MODIFIERS,
    PHRASES,
    MadeUpNames,
    full_order,
    made_up_drink,
    with_other_drinks,
)

MAX_TOKENS = 46
_PREPOSITIONS = ("with", "no", "without", "con", "sin")
_NUMBERS = {word: row for row in PHRASES["counts"] for word in row}
_KNOWN_MODIFIERS = {fold(one) for one in MODIFIERS}


def vary(
    tokens: Example, language: str, chance: random.Random, others: Sequence[Example]
) -> tuple[Example, MadeUpNames]:
    """`others`: sentences of the same language, of which one may be said beside it."""
    made_up = MadeUpNames()
    kind = chance.random()
    if kind < 0.25:
        tokens = with_other_drinks(tokens, chance, language, made_up)
    elif kind < 0.32:
        tokens = full_order(chance, language, made_up)
    tokens = tokens[:MAX_TOKENS]
    if chance.random() < 0.22:
        tokens = _beside(tokens, chance.choice(others), language, chance)
    for begin, end in reversed(list(slot_spans(tokens))):
        new = _other_words(tokens[begin:end], chance, made_up)
        if new:
            tokens = tokens[:begin] + split(new, tokens[begin]) + tokens[end:]
    return _mistreat(_with_filler(tokens, language, chance), chance), made_up


def _beside(tokens: Example, other: Example, language: str, chance: random.Random) -> Example:
    if len(tokens) + len(other) >= MAX_TOKENS:
        return tokens
    joint = chance.choice(PHRASES[language]["between"])
    moved = tuple(
        replace(
            one,
            group=one.group + 2_000 if one.group >= 0 else -1,
            slot_id=one.slot_id + 2_000 if one.slot_id >= 0 else -1,
            has_space_before=one.has_space_before or at == 0,
        )
        for at, one in enumerate(other)
    )
    return tokens + split(joint, LabelledToken("", joint not in ".,;")) + moved


def _other_words(part: Example, chance: random.Random, made_up: MadeUpNames) -> str:
    """Another drink, modifier, name or number for the one that a slot holds; empty for the same."""
    said, slot = text_of(part), part[0].slot
    if slot == "item" and chance.random() < 0.55:
        is_plural = said.lower().endswith("s") and not said.lower().endswith("glass")
        name = chance.choice(ENGLISH_NAMES)
        if chance.random() < 0.5:
            name = made_up_drink(chance)
            made_up.item.append(name)
        name = name.lower() if chance.random() < 0.7 else name
        return name if not is_plural or name.endswith("s") else f"{name}s"
    if slot == "modifier" and chance.random() < 0.3 and fold(said) in _KNOWN_MODIFIERS:
        name = chance.choice(MODIFIERS)
        if chance.random() < 0.4:
            name = chance.choice(PHRASES["made_up"]["modifiers"])
            made_up.modifier.append(name)
        alike = (name.split()[0] in _PREPOSITIONS) == (said.lower().split()[0] in _PREPOSITIONS)
        return name if alike else ""
    if slot == "off_menu" and chance.random() < 0.35:
        return made_up_drink(chance)
    if slot == "person" and len(part) == 1 and said[:1].isupper() and len(said) > 2 and chance.random() < 0.6:
        return str(chance.choice(PHRASES["people"]))
    if slot == "quantity" and len(part) == 1 and fold(said) in _NUMBERS and chance.random() < 0.4:
        return str(chance.choice(_NUMBERS[fold(said)]))
    return ""


def _with_filler(tokens: Example, language: str, chance: random.Random) -> Example:
    at = chance.randint(0, len(tokens))
    before, after = tokens[at - 1 : at], tokens[at : at + 1]
    in_slot = before and after and before[0].slot_id == after[0].slot_id >= 0
    if chance.random() >= 0.2 or in_slot:
        return tokens
    inside = before and after and before[0].group == after[0].group
    like = replace(before[0], slot="", slot_id=-1) if inside else LabelledToken("")
    filler = split(chance.choice(PHRASES[language]["fillers"]), replace(like, has_space_before=True))
    rest = tuple(replace(one, has_space_before=True) for one in after) + tokens[at + 1 :]
    return tokens[:at] + filler + rest


def _mistreat(tokens: Example, chance: random.Random) -> Example:
    """Without marks, capitals and apostrophes, with typing errors: each of them sometimes."""
    marks = ",.!?;:¿¡-…" if chance.random() < 0.35 else "," if chance.random() < 0.15 else ""
    tokens = tuple(one for one in tokens if one.text not in marks) or tokens
    if chance.random() < 0.5:
        tokens = tuple(replace(one, text=one.text.lower()) for one in tokens)
    if chance.random() < 0.3:
        tokens = tuple(replace(one, text=one.text.lstrip("'’") or one.text) for one in tokens)
    if chance.random() < 0.25:
        tokens = tuple(
            replace(one, text=_mistyped(one.text, chance))
            if len(one.text) > 4 and one.text.isalpha() and chance.random() < 0.2
            else one
            for one in tokens
        )
    return tokens


def _mistyped(word: str, chance: random.Random) -> str:
    """Two letters changed about, one left out, one doubled or another one."""
    at, kind = chance.randint(1, len(word) - 2), chance.random()
    if kind < 0.35:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.7:
        return word[:at] + word[at + 1 :]
    if kind < 0.85:
        return word[:at] + word[at] + word[at:]
    return word[:at] + chance.choice("aeioulnrst") + word[at + 1 :]
