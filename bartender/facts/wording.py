"""Puts drinks, numbers and lists into words, in the active language."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, pgettext

from maya_site.core.number_words import SMALL_NUMBER_WORDS

MAX_NUMBER_WORD = 12


def number_word(quantity: int, item: str = "") -> str:
    """The number as a word, or as digits above MAX_NUMBER_WORD. In a language with genders it agrees with
    `item`: the message catalogue says which drinks are feminine."""
    if not 0 < quantity <= MAX_NUMBER_WORD:
        return str(quantity)
    feminine = pgettext("grammatical gender", item) == "feminine" if item else False
    return (
        pgettext("feminine", SMALL_NUMBER_WORDS[quantity])
        if feminine
        else pgettext("masculine", SMALL_NUMBER_WORDS[quantity])
    )


def pluralize(name: str, quantity: int) -> str:
    """Only English names get a plural; in other languages they stay as the menu writes them."""
    if quantity == 1 or name in ("Soda Water", "Water") or get_language() not in (None, "en"):
        return name
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def describe_drinks(item: str, quantity: int, modifiers: Sequence[str] = ()) -> str:
    """For example "two Martinis (dry, on the rocks)"."""
    made = f" ({', '.join(pgettext('made', name) for name in modifiers)})" if modifiers else ""
    return f"{number_word(quantity, item)} {pluralize(item, quantity)}{made}"


def join_words(parts: Sequence[str], word: str = "and") -> str:
    """Joins with commas, and with `word` before the last."""
    *most, last = parts or [""]
    return f"{', '.join(most)} {pgettext('between the last two', word)} {last}" if most else last


def capitalize_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def allergen_label(name: str) -> str:
    return pgettext("allergen", name)
