"""What a word is by itself: a number, or part of a name on tonight's menu. A new drink needs no training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy

import numpy
from rapidfuzz import fuzz, process

from bartender.brains.rule_based.reader.tokens import fold, tokenize
from bartender.spanish.number_words import SMALL_NUMBER_WORDS as SPANISH_SMALL
from bartender.spanish.number_words import TENS_WORDS as SPANISH_TENS
from maya_site.core import number_words

NUMBERS: dict[str, int] = {
    **number_words.SMALL_NUMBER_VALUES,
    **number_words.TENS_VALUES,
    **{fold(word): value for value, word in enumerate(SPANISH_SMALL)},
    **{fold(word): 30 + 10 * place for place, word in enumerate(SPANISH_TENS)},
    "a": 1,
    "an": 1,
    "un": 1,
    "una": 1,
    "couple": 2,
    "pair": 2,
    "par": 2,
    "dozen": 12,
    "docena": 12,
    "otro": 1,
    "otra": 1,
    "another": 1,
}
FLAGS = (
    "item",
    "item_inside",
    "category",
    "modifier",
    "modifier_inside",
    "number",
    "article",
    "big_number",
    "digit",
    "near_item",
    "near_item_inside",
    ",",
    ".",
    "?",
    "!",
    ":",
    "money",
    "percent",
    "mark",
    "first",
    "last",
    "plural",
)
PLACE = {name: at for at, name in enumerate(FLAGS)}
ARTICLES = frozenset(("a", "an", "un", "una", "another", "otro", "otra"))

Key = tuple[str, ...]


def key_of(name: str) -> Key:
    return tuple(one.form for one in tokenize(name))


def plural_keys(key: Key) -> list[Key]:
    """ "negronis", "glasses", "limonadas": what guests say of several."""
    *before, last = key
    found = [(*before, last + "s"), (*before, last + "es")]
    if last.endswith("y"):
        found.append((*before, last[:-1] + "ies"))
    return found


# How like a drink's name something is spelt, of 100, to be a hint; how much less it counts to sound like it.
NEAR, SOUND_HANDICAP = 75, 12
_SOUNDS = str.maketrans(
    {"q": "k", "c": "k", "z": "s", "y": "i", "w": "v", "x": "s", "j": "h", "g": "k", "d": "t", "b": "p"}
)


def skeleton(text: str) -> str:
    """The consonants as one hears them, and how it begins: "daquery" and "daiquiri" are alike."""
    sounds = (
        text.replace("ph", "f").replace("sh", "s").replace("th", "t").replace("qu", "k").translate(_SOUNDS)
    )
    consonants = "".join(one for at, one in enumerate(sounds) if one not in "aeiouh" or at == 0)
    return "".join(one for at, one in enumerate(consonants) if at == 0 or consonants[at - 1] != one)


class Terms:
    """Names by their folded words: what each means on this menu."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        """`names`: by class (item, category, modifier) all that it is called."""
        self.classes = _classes(names)
        self._measure()

    def _measure(self) -> None:
        self.longest = max(map(len, self.classes), default=0)
        items = sorted({"".join(key) for key, kind in self.classes.items() if kind == "item"})
        self.squashed = [one for one in items if len(one) > 2]
        self.skeletons = [skeleton(one) for one in self.squashed]

    def with_names(self, **names: Sequence[str]) -> Terms:
        """The same, and a few names more. What sounds like one of the new ones is not looked for."""
        if not any(names.values()):
            return self
        found = copy(self)
        found.classes = self.classes | _classes(names)
        found.longest = max(map(len, found.classes))
        return found

    def spans(self, forms: Sequence[str]) -> list[tuple[int, int, str]]:
        """Longest names first, from the left: where each begins and ends, and its class."""
        found, at = [], 0
        while at < len(forms):
            for length in range(min(self.longest, len(forms) - at), 0, -1):
                kind = self.classes.get(tuple(forms[at : at + length]))
                if kind:
                    found.append((at, at + length, kind))
                    at += length
                    break
            else:
                at += 1
        return found

    def near(self, forms: Sequence[str]) -> list[tuple[int, int]]:
        """Where something stands that is spelt or sounds much like a drink of the menu, the nearest first."""
        spans = [
            (at, at + length)
            for at in range(len(forms))
            for length in (1, 2, 3)
            if at + length <= len(forms) and all(one[:1].isalpha() for one in forms[at : at + length])
        ]
        said = ["".join(forms[begin:end]) for begin, end in spans]
        if not said or not self.squashed:
            return []
        spelt = process.cdist(said, self.squashed, scorer=fuzz.ratio).max(1)
        similarities = process.cdist([skeleton(one) for one in said], self.skeletons, scorer=fuzz.ratio).max(
            1
        )
        scores = numpy.maximum(spelt, similarities - SOUND_HANDICAP)
        found = [
            (float(score), span)
            for score, span, one in zip(scores, spans, said, strict=True)
            if len(one) > 3 and score >= NEAR
        ]
        taken: set[int] = set()
        chosen = []
        for _score, (begin, end) in sorted(found, key=lambda one: (-one[0], one[1])):
            if not taken & set(range(begin, end)):
                taken |= set(range(begin, end))
                chosen.append((begin, end))
        return chosen


def _classes(names: Mapping[str, Iterable[str]]) -> dict[Key, str]:
    """A name that is a drink and a modifier is a drink."""
    found: dict[Key, str] = {}
    for kind in ("modifier", "category", "item"):
        for name in names.get(kind, ()):
            if key := key_of(name):
                found[key] = kind
                if kind != "modifier":
                    found |= {many: kind for many in plural_keys(key) if many not in found}
    return found


def flags(forms: Sequence[str], terms: Terms) -> list[set[str]]:
    """Of each word what it is by itself: names of FLAGS."""
    found = _name_flags(forms, terms)
    for at, form in enumerate(forms):
        found[at] |= _word_flags(form)
    if forms:
        found[0].add("first")
        found[-1].add("last")
    return found


def _name_flags(forms: Sequence[str], terms: Terms) -> list[set[str]]:
    found: list[set[str]] = [set() for _ in forms]
    spans = terms.spans(forms)
    named = {at for begin, end, _kind in spans for at in range(begin, end)}
    near = [(*span, "near_item") for span in terms.near(forms) if not named & set(range(*span))]
    for begin, end, kind in [*spans, *near]:
        found[begin].add(kind)
        if kind != "category":
            for at in range(begin + 1, end):
                found[at].add(f"{kind}_inside")
        if kind in ("item", "category") and forms[end - 1].endswith("s"):
            found[begin].add("plural")
    return found


def _word_flags(form: str) -> set[str]:
    value = int(form) if form.isdecimal() and len(form) < 6 else NUMBERS.get(form)
    found = {"digit"} if form[:1].isdigit() else set()
    if value is not None:
        found |= {"article" if form in ARTICLES else "number"} | ({"big_number"} if value > 12 else set())
    if form and not form[0].isalnum() and form[0] != "'":
        found.add(
            form if form in ",.?!:" else "money" if form in "$€£¥" else "percent" if form == "%" else "mark"
        )
    return found
