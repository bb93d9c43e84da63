"""Puts drinks, numbers and lists into words, in the active language, and finds them again in a reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, pgettext

from bartender.text.normalize import normalize_text
from maya_site.core.number_words import SMALL_NUMBER_WORDS
from maya_site.core.venue import venue_currency

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


@dataclass(frozen=True)
class Reply:
    """`plain`: the text in lower case, with one kind of quote and dash, and number words as digits."""

    plain: str

    def has(self, pattern: str | re.Pattern[str]) -> bool:
        return re.search(pattern, self.plain) is not None

    def has_number(self, number: int, item: str = "") -> bool:
        """Whether the number occurs, in digits or as a word. `item`: what is counted, for its gender."""
        word = normalize_text(number_word(number, item)).strip()
        return self.has(rf"(?<![\w.,]){number}(?![\d%])|\b{re.escape(word)}\b")

    def has_drinks(self, item: str, quantity: int) -> bool:
        """Whether the drink is named, also in the plural, and how many it is."""
        times = self.plain.count(normalize_text(item).strip()[:-1])
        return times >= quantity or (times > 0 and self.has_number(quantity, item))

    def has_amount(self, cents: int) -> bool:
        """Whether this amount of the venue's currency occurs. `cents` are minor units."""
        of = venue_currency()
        major, rest = divmod(cents, of.minor_units_per_unit)
        units = rf"(?<!\d)(?:{major}|{major:,})"
        return self.has(rf"{units}\D+{rest:0{of.decimal_places}d}" if rest else rf"{units}(?!\d)")
