"""What the classifier reads: words in a plain form, and classes for drinks, amounts and numbers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from bartender.spanish.to_english import fold_accents, translations_by_phrase
from bartender.text.normalize import normalize_text, words_to_digits
from bartender.text.word_features import word_features

if TYPE_CHECKING:
    from bartender.menu.mentions import ItemNames

HASH_BITS = 17
CHARACTER_NGRAM_SIZES = (3, 4, 5)
_AMOUNT = re.compile(
    r"[$€£¥] ?\d[\d.,]*|\d[\d.,]* ?(?:[$€£¥]"
    r"|(?:dollars?|bucks?|cents?|euros?|pounds?|pesos?|dolar(?:es)?|pavos)\b)"
)
_NUMBER = re.compile(r"\d[\d.,]*")
_WORD = re.compile(r"<\w+>|[^\W\d_]+(?:'[^\W\d_]+)?|[%?!:]")
_SPANISH_NUMBER = re.compile(
    r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w+|veint\w+|treinta|"
    r"cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien(?:to)?|mil)\b"
)


@lru_cache(maxsize=4)
def _spanish_drinks(menu_names: re.Pattern[str]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Spanish names of what is on the menu, longest first, and the menu's own."""
    found = {
        spanish: english
        for spanish, english in translations_by_phrase().items()
        if spanish != english and menu_names.fullmatch(english)
    }
    return re.compile(rf"\b(?:{'|'.join(sorted(found, key=len, reverse=True)) or '(?!)'})\b"), found


def name_drinks(plain: str, names: ItemNames) -> str:
    """Folded text with the menu's names in place of the Spanish ones: a limonada is a lemonade."""
    pattern, found = _spanish_drinks(names.pattern)
    return pattern.sub(lambda drink: found[drink.group()], plain)


def plain_forms(sentence: str, names: ItemNames) -> tuple[str, ...]:
    """The words as the classifier reads them. Disguises are undone first."""
    text = name_drinks(words_to_digits(fold_accents(normalize_text(sentence))), names)
    text = names.pattern.sub(
        lambda found: f" <{'drink' if names.item_of.get(found[1].replace('-', ' ')) else 'other'}> ", text
    )
    text = _SPANISH_NUMBER.sub("7", text)
    text = _NUMBER.sub(" <number> ", _AMOUNT.sub(" <amount> ", text))
    return tuple(found.group() for found in _WORD.finditer(text))


def feature_indices(forms: Sequence[str]) -> list[int]:
    mask = (1 << HASH_BITS) - 1
    names = word_features(["^", *forms, "$"], CHARACTER_NGRAM_SIZES, shortest=3)
    return sorted({zlib.crc32(name.encode()) & mask for name in names})
