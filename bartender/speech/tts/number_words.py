"""Numbers, amounts and times of day in English words."""

from __future__ import annotations

from maya_site.core.number_words import SMALL_NUMBER_WORDS, TENS_VALUES
from maya_site.core.venue import find_currency_by_symbol

_TENS = {value: word for word, value in TENS_VALUES.items()}
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
MAX_DIGITS = 12
# Currencies whose minor units are spoken by name; for others the decimals are.
COIN_NAMES = {
    "dollars": ("dollar", "cent", "cents"),
    "euros": ("euro", "cent", "cents"),
    "pounds": ("pound", "penny", "pence"),
}


def cardinal(number: int) -> str:
    for size, name in _SCALES:
        if number >= size:
            rest = f" {cardinal(number % size)}" if number % size else ""
            return f"{cardinal(number // size)} {name}{rest}"
    if number >= 100:
        rest = f" and {cardinal(number % 100)}" if number % 100 else ""
        return f"{SMALL_NUMBER_WORDS[number // 100]} hundred{rest}"
    if number >= 20:
        return _TENS[number - number % 10] + (f"-{SMALL_NUMBER_WORDS[number % 10]}" if number % 10 else "")
    return SMALL_NUMBER_WORDS[number]


def ordinal(number: int) -> str:
    stem, dash, last = cardinal(number).rpartition("-")
    head, space, last = (stem, dash, last) if dash else last.rpartition(" ")
    usual = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return f"{head}{space}{_ORDINALS.get(last, usual)}"


def spell_digits(digits: str) -> str:
    return " ".join(SMALL_NUMBER_WORDS[int(one)] for one in digits)


def number_words(written: str) -> str:
    """Takes digits as written, such as 1,000, 4.5 or 007. Very long numbers are read digit by digit."""
    integer, _, part = written.replace(",", "").partition(".")
    if len(integer) > MAX_DIGITS or (len(integer) > 1 and integer.startswith("0")):
        said = spell_digits(integer)
    else:
        said = cardinal(int(integer))
    return f"{said} point {spell_digits(part)}" if part.strip("0") else said


def quantity_words(written: str) -> str:
    """Reads halves as people measure: 1.5 is "one and a half"."""
    integer, _, part = written.replace(",", "").partition(".")
    if part.rstrip("0") != "5" or len(integer) > MAX_DIGITS:
        return number_words(written)
    return "half" if int(integer) == 0 else f"{cardinal(int(integer))} and a half"


def money_words(sign: str, written: str) -> str:
    """Such as "twelve dollars and fifty cents", "two thousand two hundred yen" or "two point five dinars"."""
    of = find_currency_by_symbol(sign)
    name = of.spoken_name() if of else ""
    major, _, part = written.replace(",", "").partition(".")
    if name not in COIN_NAMES or len(part) > 2 or len(major) > MAX_DIGITS:
        plain = f"{major}.{part.rstrip('0')}" if part.strip("0") else major
        return f"{number_words(plain)} {of.spoken_name(1) if of and plain == '1' else name}".rstrip()
    one, one_small, small = COIN_NAMES[name]
    units, cents = int(major), int(part.ljust(2, "0")) if part else 0
    said = [f"{cardinal(units)} {one if units == 1 else name}"] if units or not cents else []
    if cents:
        said.append(f"{cardinal(cents)} {one_small if cents == 1 else small}")
    return " and ".join(said)


def time_words(hour: int, minute: int, half: str = "") -> str:
    """On a twelve-hour clock. `half` is "a" or "p" if it was written, else it follows from the hour."""
    half = half or ("a" if hour < 12 else "p")
    minutes = f" {cardinal(minute) if minute > 9 else f'oh {cardinal(minute)}'}" if minute else ""
    return f"{cardinal((hour - 1) % 12 + 1)}{minutes} {half.upper()}.M."


def fraction_words(top: int, bottom: int) -> str:
    if bottom == 2:
        return "half" if top == 1 else f"{cardinal(top)} halves"
    if bottom == 4:
        return "a quarter" if top == 1 else f"{cardinal(top)} quarters"
    if bottom == 3:
        return "a third" if top == 1 else f"{cardinal(top)} thirds"
    return f"{cardinal(top)} over {cardinal(bottom)}"
