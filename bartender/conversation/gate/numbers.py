"""Number words as digits: "thirteen fifty" -> "13 50", "a hundred and twenty" -> "120", "a dozen" -> "12"."""

from __future__ import annotations

import re

from maya_site.lib.numbers import ONES, TENS

_TENS = TENS | {"fourty": 40}
_SCALES = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000}
_WORD = "|".join(sorted([*ONES, *_TENS, *_SCALES], key=len, reverse=True))
_PHRASE = re.compile(
    rf"(?<![a-z0-9])(?:an? (?=hundred|thousand|million|grand))?(?:{_WORD})(?:(?: and |[ \-]"
    rf"| point )(?:{_WORD}|oh(?= (?:{_WORD}))))*(?![a-z])"
)
_AMOUNTS = (
    (re.compile(r"(?<![a-z])half a dozen(?: of)?(?![a-z])"), "6"),
    (re.compile(r"(?<![a-z])(?:a |one )dozen(?: of)?(?![a-z])"), "12"),
    (re.compile(r"(?<![a-z])(?:a )?(?:couple|pair|brace)(?: of)?(?![a-z])"), "2"),
    (re.compile(r"(?<![a-z])(?:a )?trio(?: of)?(?![a-z])"), "3"),
)
_ANY = re.compile(rf"(?<![a-z])(?:{_WORD}|dozen|couple|pair|brace|trio)(?![a-z])")


def digits(text: str) -> str:
    if not _ANY.search(text):
        return text
    for pattern, value in _AMOUNTS:
        text = pattern.sub(value, text)
    return _PHRASE.sub(lambda found: _read(found.group()), text)


def _read(phrase: str) -> str:
    """Words that do not add up to one number stay side by side: "two fifty" -> "2 50"."""
    if " point " in phrase:
        whole, _, rest = phrase.partition(" point ")
        return f"{_read(whole)}.{_read(rest).replace(' ', '')}"
    words = [word for word in re.split(r"[ \-]", phrase) if word not in ("and", "a", "an")]
    groups: list[int] = []
    last = 0  # the size of the last word: a smaller one may follow it
    for word in words:
        value = ONES.get(word, _TENS.get(word, 0))
        if word in _SCALES:
            groups[-1:] = [_scaled(groups, _SCALES[word])]
            last = _SCALES[word]
        elif groups and value < last and (last >= 100 or (last in _TENS.values() and 0 < value < 10)):
            groups[-1] += value
            last = value
        else:
            groups.append(value)
            last = value
    return " ".join(map(str, groups))


def _scaled(groups: list[int], scale: int) -> int:
    """ "two hundred" -> 200; "thousand" alone -> 1000."""
    return (groups[-1] if groups and groups[-1] < scale else 1) * scale
