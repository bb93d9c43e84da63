"""Number words as digits: "thirteen fifty" -> "13 50", "a hundred and twenty" -> "120", "a dozen" -> "12"."""

from __future__ import annotations

import re

from maya_site.core.number_words import SMALL_NUMBER_VALUES, TENS_VALUES

_TENS = TENS_VALUES | {"fourty": 40}
_SCALES = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000}
_WORD = "|".join(sorted([*SMALL_NUMBER_VALUES, *_TENS, *_SCALES], key=len, reverse=True))
_NUMBER_PHRASE = re.compile(
    rf"(?<![a-z0-9])(?:an? (?=hundred|thousand|million|grand))?(?:{_WORD})(?:(?: and |[ \-]"
    rf"| point )(?:{_WORD}|oh(?= (?:{_WORD}))))*(?![a-z])"
)
_COUNT_NOUNS = (
    (re.compile(r"(?<![a-z])half a dozen(?: of)?(?![a-z])"), "6"),
    (re.compile(r"(?<![a-z])(?:a |one )dozen(?: of)?(?![a-z])"), "12"),
    (re.compile(r"(?<![a-z])(?:a )?(?:couple|pair|brace)(?: of)?(?![a-z])"), "2"),
    (re.compile(r"(?<![a-z])(?:a )?trio(?: of)?(?![a-z])"), "3"),
)
_ANY_NUMBER_WORD = re.compile(rf"(?<![a-z])(?:{_WORD}|dozen|couple|pair|brace|trio)(?![a-z])")


def words_to_digits(text: str) -> str:
    if not _ANY_NUMBER_WORD.search(text):
        return text
    for pattern, value in _COUNT_NOUNS:
        text = pattern.sub(value, text)
    return _NUMBER_PHRASE.sub(lambda found: _parse_number_phrase(found.group()), text)


def _parse_number_phrase(phrase: str) -> str:
    """Words that do not form one number stay apart: "two fifty" -> "2 50"."""
    if " point " in phrase:
        whole, _, rest = phrase.partition(" point ")
        return f"{_parse_number_phrase(whole)}.{_parse_number_phrase(rest).replace(' ', '')}"
    words = [word for word in re.split(r"[ \-]", phrase) if word not in ("and", "a", "an")]
    groups: list[int] = []
    last = 0  # the size of the last word: a smaller one may follow it
    for word in words:
        value = SMALL_NUMBER_VALUES.get(word, _TENS.get(word, 0))
        if word in _SCALES:
            groups[-1:] = [_apply_scale(groups, _SCALES[word])]
            last = _SCALES[word]
        elif groups and value < last and (last >= 100 or (last in _TENS.values() and 0 < value < 10)):
            groups[-1] += value
            last = value
        else:
            groups.append(value)
            last = value
    return " ".join(map(str, groups))


def _apply_scale(groups: list[int], scale: int) -> int:
    """Multiplies the last number: "two hundred" -> 200. "Thousand" alone is 1000."""
    return (groups[-1] if groups and groups[-1] < scale else 1) * scale
