"""Tips in the guest's words: percent, dollars, coins, none, or nonsense."""

from __future__ import annotations

import re

from bartender.brains.house.acts import Tip
from bartender.brains.house.words import SMALL_NUMBERS, TENS

_TIP_WORD = re.compile(
    r"\b(?:tips?|tipping|gratuity|service charge|on top|for yourself|for your trouble|for you|keep the change|buy yourself)\b"
)
_NO_TIP = re.compile(
    r"\b(?:no|remove|drop|cancel|without|take off|scratch|forget|skip|take back|delete|lose|undo|not|zero)\b(?: (?:the|my|that|any|a|leave|add|leaving|want|to|it))* (?:tip|gratuity)\b"
    r"|\bno tips?\b|\btip (?:off|nothing|zero)\b|\bdo not (?:want to )?(?:add |leave |include )?(?:a |any |the )?tip\b"
)
_NUMBER = r"(?P<number>-?\d+(?:·\d+)?|[a-z]+(?: [a-z]+)?)"
_PERCENT = re.compile(r"(-?\d+(?:·\d+)?) ?(?:%|percent|per cent|pct)")
_WORD_PERCENT = re.compile(r"\b(?:(minus|negative) )?([a-z]+(?: [a-z]+)?) (?:percent|per cent|pct|%)")
_DOLLARS = re.compile(
    r"[$](-?\d+(?:·\d+)?)|(-?\d+(?:·\d+)?) ?(?:[$]|dollars?|bucks?|usd|quid|fivers?|singles)\b"
)
_WORD_DOLLARS = re.compile(
    r"\b(?:(minus|negative) )?([a-z]+(?: [a-z]+)?) (?:dollars?|bucks?|fivers?|tenners?|singles|quid)\b"
)
_CENTS = re.compile(r"\b(\d+|[a-z]+(?: [a-z]+)?) cents?\b")
_COINS = {
    "a fiver": 500,
    "fiver": 500,
    "five spot": 500,
    "a tenner": 1_000,
    "tenner": 1_000,
    "ten spot": 1_000,
    "a twenty": 2_000,
    "a dollar": 100,
    "a buck": 100,
    "one dollar": 100,
    "one buck": 100,
    "couple bucks": 200,
    "couple of bucks": 200,
    "couple of dollars": 200,
    "couple dollars": 200,
}
_QUESTION = re.compile(
    r"^(?:so |and |but |well |okay |hey |um )*(?:what|how|should|is|are|does|did|do (?:i|you|we|they|people|most)|can i ask|which|why|who|whose)\b"
    r"|\b(?:how much|usually|usual|normal|normally|customary|custom|expected|polite|required|already|included)\b"
)
_BARE = re.compile(
    r"\b(?:tip(?: (?:you|of|is|to|be|at|her|him|them|maya|is now))*|make the tip|set the tip (?:to|at)|tip to) (-?\d+|[a-z]+(?: [a-z]+)?)$"
)
_SCALE = re.compile(r"\b(?:hundred|thousand|million|billion|zillion|gazillion)\b")


def tip_of(plain: str) -> Tip | None:
    """The tip that a segment names, or None where it is about something else."""
    percent = _percent(plain)
    about = _TIP_WORD.search(plain) is not None
    if not about and percent is None:
        return None
    if _NO_TIP.search(plain):
        return Tip()
    if _asks(plain):
        return None
    if percent is not None:
        return percent
    return _amount(plain) if about else None


def _asks(plain: str) -> bool:
    request = re.search(
        r"\b(?:can|could|may) (?:i|we|you) (?:please )?(?:add|leave|put|tip|give|set|make|include|change|throw)",
        plain,
    )
    return bool(_QUESTION.search(plain)) and not request


def _percent(plain: str) -> Tip | None:
    if found := _PERCENT.search(plain):
        below = re.search(r"\b(?:minus|negative) $", plain[: found.start()])
        return Tip(absurd=True) if below else _share(float(found.group(1).replace("·", ".")))
    if (found := _WORD_PERCENT.search(plain)) and (value := number(found.group(2))) is not None:
        return _share(-value if found.group(1) else value)
    return None


def _share(value: float) -> Tip:
    return Tip(absurd=True) if not 0 <= value <= 100 else Tip(bp=round(value * 100))


def _amount(plain: str) -> Tip | None:
    if re.search(r"\b(?:minus|negative)\b", plain) or _SCALE.search(plain):
        return Tip(absurd=True)
    if found := _DOLLARS.search(plain):
        return _cents(float((found.group(1) or found.group(2)).replace("·", ".")) * 100)
    for coin, cents in _COINS.items():
        if re.search(rf"\b{coin}\b", plain):
            return Tip(cents=cents)
    if (found := _WORD_DOLLARS.search(plain)) and (value := number(found.group(2))) is not None:
        return Tip(cents=value * 100)
    if (found := _CENTS.search(plain)) and (value := number(found.group(1))) is not None:
        return Tip(cents=value)
    if (found := _BARE.search(plain)) and (value := number(found.group(1))) is not None:
        return _cents(value * 100) if value < 10 else Tip(unclear=value)
    return None


def _cents(value: float) -> Tip:
    return Tip(absurd=True) if value < 0 else Tip(cents=round(value))


def number(text: str) -> int | None:
    """ "twenty five" -> 25, "12" -> 12; only the last words that are numbers count."""
    if re.fullmatch(r"-?\d+", text):
        return int(text[:9])
    total: int | None = None
    for word in text.split():
        value = SMALL_NUMBERS.get(word, TENS.get(word))
        total = value if total is None or value is None else total + value
    return total
