"""What a guest has heard in a turn, for a fact to see whether it has been told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bartender.facts.wording import number_word
from bartender.text.normalize import normalize_text
from bartender.text.number_words import words_to_digits
from maya_site.core.venue import venue_currency


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
        whole, rest = divmod(cents, of.minor_units_per_unit)
        units = rf"(?<!\d)(?:{whole}|{whole:,})"
        return self.has(rf"{units}\D+{rest:0{of.decimal_places}d}" if rest else rf"{units}(?!\d)")


def plain_text(text: str) -> str:
    return words_to_digits(normalize_text(text))
