"""Turns text into the words that are spoken, each with the part of the text that it stands for.

The words keep the order of the text. No letter or digit is left out, except in what nobody reads aloud: tags,
URLs and layout characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from bartender.speech.tts import normalize_spanish
from bartender.speech.tts.number_words import (
    cardinal,
    fraction_words,
    money_words,
    number_words,
    ordinal,
    quantity_words,
    time_words,
)
from maya_site.core.currencies import SYMBOL_CHARACTERS as MONEY_SIGNS
from maya_site.core.venue import venue_currency

Match = re.Match[str]
Rules = tuple[tuple[str, str, Callable[[Match], str]], ...]


@dataclass(frozen=True)
class SpokenWord:
    """`text` has no white space. Words that stand for the same part share `start` and `end`."""

    text: str
    start: int
    end: int


ABBREVIATIONS = {
    "abv": "A.B.V.",
    "ipa": "I.P.A.",
    "ipas": "I.P.A.s",
    "id": "I.D.",
    "dj": "D.J.",
    "ml": "milliliters",
    "cl": "centiliters",
    "oz": "ounces",
    "tbsp": "tablespoon",
    "tsp": "teaspoon",
    "mr": "Mister",
    "mrs": "Misses",
    "dr": "Doctor",
    "st": "Saint",
    "vs": "versus",
    "e.g": "for example",
    "i.e": "that is",
    "etc": "and so on",
    "approx": "approximately",
    "w/o": "without",
    "w/": "with",
    "qty": "quantity",
    "incl": "including",
    "no": "number",
}
UNITS = {
    "oz": ("ounce", "ounces"),
    "ml": ("milliliter", "milliliters"),
    "cl": ("centiliter", "centiliters"),
    "l": ("liter", "liters"),
    "g": ("gram", "grams"),
    "kg": ("kilogram", "kilograms"),
    "min": ("minute", "minutes"),
    "hrs": ("hour", "hours"),
    "h": ("hour", "hours"),
}
SIGNS = {
    "&": "and",
    "+": "plus",
    "=": "equals",
    "@": "at",
    "½": "half",
    "¼": "a quarter",
    "¾": "three quarters",
}
SIGNS |= {"⅓": "a third", "⅔": "two thirds", "°": "degrees", "%": "percent"}

_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_UNITS = "|".join(sorted(UNITS, key=len, reverse=True))
_SILENT = ""


def _amount_words(found: Match) -> str:
    minus = "minus " if found["minus"] else ""
    return minus + money_words(found["currency"], found["amount"])


def _spanish_amount_words(found: Match) -> str:
    return ("menos " if found["minus"] else "") + normalize_spanish.money_words(
        found["currency"], found["amount"]
    )


def _time_words(found: Match) -> str:
    return time_words(int(found["hour"]), int(found["minute"] or 0), (found["half"] or "")[:1].lower())


def _hour_words(found: Match) -> str:
    return time_words(int(found["oclock"]), 0, found["day"][:1].lower())


def _measure_words(found: Match) -> str:
    one, many = UNITS[found["unit"].lower()]
    if "/" in found["measure"]:
        top, bottom = map(int, found["measure"].split("/"))
        return f"{fraction_words(top, bottom)} {one}" if bottom else f"{cardinal(top)} over zero {many}"
    said = quantity_words(found["measure"])
    if said == "half":
        return f"half {'an' if one in ('ounce', 'hour') else 'a'} {one}"
    return f"{said} {one if said == 'one' else many}"


def _fraction_words(found: Match) -> str:
    return fraction_words(int(found["top"]), int(found["bottom"]))


def _expand_abbreviation(found: Match) -> str:
    said = ABBREVIATIONS[found["short"].lower()]
    # The abbreviation's full stop may end the sentence too.
    return said + ("." if found[0].endswith(".") and not found.string[found.end() :].strip() else "")


# Replaced by the venue's currency when a scanner is built; by itself it matches nothing.
OWN_CURRENCY = "(?!)"
MONEY_PREFIX = rf"(?P<minus>[-−])?(?P<currency>[A-Z]{{0,3}}[{MONEY_SIGNS}]|{OWN_CURRENCY})\s?(?=[0-9])"
RULES: Rules = (
    ("tag", r"\[[A-Z_]{2,}:[^\]\n]*\]|</?[A-Za-z][^<>\n]*>", lambda _: _SILENT),
    ("address", r"(?:https?://|www\.)[^\s<>()]*[^\s<>().,!?;:'\"]", lambda _: _SILENT),
    ("link", r"(?<=\])\([^()\s]*\)", lambda _: _SILENT),
    ("house", r"(?i:\bMOK[\s-]*5[\s-]*ha\b)", lambda _: "Moksha"),
    ("money", MONEY_PREFIX + rf"(?P<amount>{_NUMBER})", _amount_words),
    (
        "time",
        r"(?<![\d:.])(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?![\d:])"
        r"(?:\s?(?P<half>am\b|pm\b|a\.m\.|p\.m\.))?",
        _time_words,
    ),
    ("day", r"(?<![\d:.,])(?P<oclock>1[0-2]|[1-9])\s?(?P<day>am\b|pm\b|a\.m\.|p\.m\.)", _hour_words),
    ("percent", rf"(?P<percent>{_NUMBER})\s?%", lambda m: f"{number_words(m['percent'])} percent"),
    (
        "units",
        rf"(?P<measure>[0-9]{{1,2}}/[0-9]{{1,2}}|{_NUMBER})\s?(?P<unit>{_UNITS})\b",
        _measure_words,
    ),
    ("times", r"(?P<times>[0-9]+)\s?[x×](?=\s|$)", lambda m: number_words(m["times"])),
    ("timesof", r"(?<!\w)[x×]\s?(?P<of>[0-9]+)\b", lambda m: f"times {number_words(m['of'])}"),
    (
        "range",
        r"(?<![\d.,-])(?P<low>[0-9]{1,6})\s?[-–—]\s?(?P<high>[0-9]{1,6})(?![\d.,-]*\d)",
        lambda m: f"{number_words(m['low'])} to {number_words(m['high'])}",
    ),
    ("fraction", r"(?<![\d/])(?P<top>[0-9]{1,2})/(?P<bottom>[1-9][0-9]?)(?![\d/])", _fraction_words),
    ("ordinal", r"(?P<nth>[0-9]{1,3})(?:st|nd|rd|th)\b", lambda m: ordinal(int(m["nth"]))),
    ("number", rf"(?P<number>{_NUMBER})", lambda m: number_words(m["number"])),
    ("number_sign", r"#(?=[0-9])", lambda _: "number"),
    (
        "abbreviation",
        r"(?<![\w'’])(?:(?P<short>e\.g|i\.e|w/o|w/|No(?=\.\s?[0-9])|(?i:abv|ipas?|id|dj|ml|cl|oz|tbsp|tsp|mrs?|dr|vs|etc|"
        r"approx|qty|incl)|St(?=\.))(?![\w'’])\.?)",
        _expand_abbreviation,
    ),
    ("sign", rf"[{''.join(SIGNS)}]", lambda m: SIGNS[m[0]]),
    ("word", r"[^\W\d_]+(?:['’\-][^\W\d_]+)*", lambda m: m[0].replace("’", "'")),
    ("digits", r"\d", lambda m: number_words(str(int(m[0])))),
    ("stop", r"[.,!?;:…—–]+", lambda m: m[0]),
)
# Rules for what is silent, or spoken as written, in every language.
_LANGUAGE_NEUTRAL = ("tag", "address", "link", "house", "word", "stop")
_NEUTRAL_FIRST, _NEUTRAL_LAST = _LANGUAGE_NEUTRAL[:4], _LANGUAGE_NEUTRAL[4:]


def _rules(language: str) -> Rules:
    if language != "es":
        return RULES
    alike = {name: (name, pattern, says) for name, pattern, says in RULES}
    priced = ("money", MONEY_PREFIX + rf"(?P<amount>{normalize_spanish.NUMBER})", _spanish_amount_words)
    return (
        *(alike[name] for name in _NEUTRAL_FIRST),
        priced,
        *normalize_spanish.RULES,
        *(alike[name] for name in _NEUTRAL_LAST),
    )


@lru_cache(maxsize=8)
def _scanner(language: str, own: str) -> tuple[re.Pattern[str], dict[str, Callable[[Match], str]]]:
    rules = _rules(language)
    pattern = re.compile(
        "|".join(f"(?P<_{name}>{pattern})" for name, pattern, _ in rules).replace(OWN_CURRENCY, own)
    )
    return pattern, {f"_{name}": says for name, _, says in rules}


def to_spoken_words(text: str, language: str = "en") -> list[SpokenWord]:
    words: list[SpokenWord] = []
    of = venue_currency()
    own = rf"(?<![^\W\d_])(?:{re.escape(of.symbol)}|{re.escape(of.code)})(?![^\W\d_])"
    scanner, say = _scanner(language, own)
    for found in scanner.finditer(text):
        rule = found.lastgroup or ""  # the rule's own group, which closes last
        said = say[rule](found)
        if rule == "_stop":
            _attach_punctuation(words, said, found.end())
        else:
            words += [SpokenWord(one, found.start(), found.end()) for one in said.split()]
    return words


def _attach_punctuation(words: list[SpokenWord], marks: str, end: int) -> None:
    """Adds at most one punctuation mark to the last word, and extends its span to the marks' end."""
    if not words or words[-1].text[-1] in ".,!?;:":
        return
    mark = next((one for one in "?!.;:" if one in marks), ",")
    mark = "," if marks.startswith(("..", "…")) and mark == "." else mark
    start = words[-1].start
    words[-1] = replace(words[-1], text=words[-1].text + mark)
    for at in range(len(words) - 1, -1, -1):
        if words[at].start != start:
            return
        words[at] = replace(words[at], end=end)
