"""Spanish rules of normalisation: amounts, percentages, measures and numbers in words."""

from __future__ import annotations

import re

from bartender.spanish.number_words import SMALL_NUMBER_WORDS, TENS_WORDS
from maya_site.core.venue import find_currency_by_symbol

HUNDREDS = (
    *("ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos"),
    *("ochocientos", "novecientos"),
)
MAX_NUMBER = 999_999
UNITS = {
    "ml": ("mililitro", "mililitros"),
    "cl": ("centilitro", "centilitros"),
    "oz": ("onza", "onzas"),
    "g": ("gramo", "gramos"),
}
SIGNS = {"&": "y", "+": "más", "=": "igual a", "@": "arroba", "°": "grados", "%": "por ciento", "½": "medio"}

NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:[.,][0-9]+)?"


def cardinal(number: int) -> str:
    if number > MAX_NUMBER:
        return " ".join(SMALL_NUMBER_WORDS[int(digit)] for digit in str(number))
    if number >= 1_000:
        thousands, rest = divmod(number, 1_000)
        head = "mil" if thousands == 1 else f"{_before_noun(cardinal(thousands))} mil"
        return f"{head} {cardinal(rest)}" if rest else head
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{HUNDREDS[hundreds - 1]} {cardinal(rest)}" if rest else ("cien", *HUNDREDS[1:])[hundreds - 1]
    if number >= 30:
        tens, rest = divmod(number, 10)
        return f"{TENS_WORDS[tens - 3]} y {SMALL_NUMBER_WORDS[rest]}" if rest else TENS_WORDS[tens - 3]
    return SMALL_NUMBER_WORDS[number]


def _before_noun(said: str) -> str:
    """The short form before a noun: "veintiún" for "veintiuno", "un" for "uno"."""
    said = re.sub(r"veintiuno$", "veintiún", said)
    return re.sub(r"\buno$", "un", said)


def _number_words(written: str) -> str:
    integer, _, part = _normalize_separators(written).partition(".")
    said = cardinal(int(integer))
    return (
        f"{said} coma {' '.join(SMALL_NUMBER_WORDS[int(digit)] for digit in part)}"
        if part.strip("0")
        else said
    )


def _normalize_separators(written: str) -> str:
    """Removes thousands commas; a comma before one or two final digits is a Spanish decimal point."""
    if re.fullmatch(r"\d+,\d{1,2}", written):
        return written.replace(",", ".")
    return written.replace(",", "")


def money_words(sign: str, written: str) -> str:
    """Such as "doce dólares con cincuenta centavos", "dos mil yenes" or "dos coma cinco dinares"."""
    of = find_currency_by_symbol(sign)
    if of is None:
        return _number_words(written)
    major, _, part = _normalize_separators(written).partition(".")
    units, many = int(major), of.spoken_name(2, "es")
    if of.decimal_places != 2 or len(part) > 2:
        plain = f"{major}.{part.rstrip('0')}" if part.strip("0") else major
        said = _before_noun(_number_words(plain))
        return f"{said} {of.spoken_name(1, 'es') if plain == '1' else many}"
    cents = int(part.ljust(2, "0")) if part else 0
    amount = f"{_before_noun(cardinal(units))} {of.spoken_name(1, 'es') if units == 1 else many}"
    said_parts = [amount] if units or not cents else []
    if cents:
        said_parts.append(f"{_before_noun(cardinal(cents))} {'centavo' if cents == 1 else 'centavos'}")
    return " con ".join(said_parts)


def _measure_words(found: re.Match[str]) -> str:
    one, many = UNITS[found["unit"].lower()]
    said = _number_words(found["measure"])
    return f"{_before_noun(said)} {one if said == 'uno' else many}"


RULES = (
    ("percent", rf"(?P<percent>{NUMBER})\s?%", lambda found: f"{_number_words(found['percent'])} por ciento"),
    ("units", rf"(?P<measure>{NUMBER})\s?(?P<unit>{'|'.join(UNITS)})\b", _measure_words),
    ("times", r"(?P<times>[0-9]+)\s?[x×](?=\s|$)", lambda found: _number_words(found["times"])),
    ("number", rf"(?P<number>{NUMBER})", lambda found: _number_words(found["number"])),
    ("sign", rf"[{''.join(SIGNS)}]", lambda found: SIGNS[found[0]]),
)
