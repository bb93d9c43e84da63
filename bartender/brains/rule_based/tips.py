"""Tips in the guest's words: percent, an amount, coins, none, or nonsense."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from bartender.brains.rule_based.intents import Tip
from bartender.brains.rule_based.vocabulary import SMALL_NUMBERS, TENS
from maya_site.core.currencies import SYMBOL_CHARACTERS, Currency, get_currency
from maya_site.core.venue import venue_currency

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
_DOLLAR_WORDS = r"dollars?|bucks?|usd|quid|fivers?|tenners?|singles"
_CENTS = re.compile(r"\b(\d+|[a-z]+(?: [a-z]+)?) cents?\b")
_SLANG_AMOUNTS_CENTS = {
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
_BARE_TIP = re.compile(
    r"\b(?:tip(?: (?:you|of|is|to|be|at|her|him|them|maya|is now))*|make the tip|set the tip (?:to|at)|tip to) (-?\d+|[a-z]+(?: [a-z]+)?)$"
)
_LARGE_NUMBER_WORD = re.compile(r"\b(?:hundred|thousand|million|billion|zillion|gazillion)\b")


def parse_tip(plain: str) -> Tip | None:
    """The tip that a segment names, or None where it is about something else."""
    percent = _parse_percent(plain)
    about = _TIP_WORD.search(plain) is not None
    if not about and percent is None:
        return None
    if _NO_TIP.search(plain):
        return Tip()
    if _is_question(plain):
        return None
    if percent is not None:
        return percent
    return _parse_amount(plain) if about else None


def _is_question(plain: str) -> bool:
    request = re.search(
        r"\b(?:can|could|may) (?:i|we|you) (?:please )?(?:add|leave|put|tip|give|set|make|include|change|throw)",
        plain,
    )
    return bool(_QUESTION.search(plain)) and not request


def _parse_percent(plain: str) -> Tip | None:
    if found := _PERCENT.search(plain):
        below = re.search(r"\b(?:minus|negative) $", plain[: found.start()])
        return Tip(is_out_of_range=True) if below else _percent_tip(float(found.group(1).replace("·", ".")))
    if (found := _WORD_PERCENT.search(plain)) and (value := parse_number(found.group(2))) is not None:
        return _percent_tip(-value if found.group(1) else value)
    return None


def _percent_tip(value: float) -> Tip:
    return Tip(is_out_of_range=True) if not 0 <= value <= 100 else Tip(bp=round(value * 100))


def currency_words_pattern(of: Currency) -> str:
    """The words for the bar's money, as a pattern. In a bar that sells in dollars bucks are its own."""
    names = {of.spoken_name(count, language).lower() for count in (1, 2) for language in ("en", "es")}
    words = "|".join(sorted(map(re.escape, names | {of.code.lower()})))
    return f"{words}|{_DOLLAR_WORDS}" if of.spoken_name() == "dollars" else words


@lru_cache(maxsize=16)
def _amount_patterns(code: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """An amount in figures, and one in words."""
    of = get_currency(code)
    units, letters = (
        currency_words_pattern(of),
        re.escape(of.symbol.lower()) if of.symbol.isalpha() else f"[{SYMBOL_CHARACTERS}]",
    )
    return (
        re.compile(
            rf"(?:{letters}|\b{code.lower()}) ?(-?\d+(?:·\d+)?)|(-?\d+(?:·\d+)?) ?(?:{letters}|(?:{units})\b)"
        ),
        re.compile(rf"\b(?:(minus|negative) )?([a-z]+(?: [a-z]+)?) (?:{units})\b"),
    )


def _parse_amount(plain: str) -> Tip | None:
    if re.search(r"\b(?:minus|negative)\b", plain) or _LARGE_NUMBER_WORD.search(plain):
        return Tip(is_out_of_range=True)
    of = venue_currency()
    figures, in_words = _amount_patterns(of.code)
    if found := figures.search(plain):
        return _tip_from_amount(found.group(1) or found.group(2), of)
    if of.spoken_name() == "dollars":
        for coin, cents in _SLANG_AMOUNTS_CENTS.items():
            if re.search(rf"\b{coin}\b", plain):
                return Tip(cents=cents)
    if (found := in_words.search(plain)) and (value := parse_number(found.group(2))) is not None:
        return Tip(cents=value * of.minor_units_per_unit)
    return _parse_cents_or_bare_number(plain, of)


def _parse_cents_or_bare_number(plain: str, of: Currency) -> Tip | None:
    """ "Fifty cents"; "tip five"."""
    if (
        (found := _CENTS.search(plain))
        and (value := parse_number(found.group(1))) is not None
        and of.decimal_places == 2
    ):
        return Tip(cents=value)
    if (found := _BARE_TIP.search(plain)) and (value := parse_number(found.group(1))) is not None:
        return (
            _tip_from_amount(str(value), of)
            if value < 10 and of.decimal_places
            else Tip(ambiguous_value=value)
        )
    return None


def _tip_from_amount(written: str, of: Currency) -> Tip:
    """Rounded half up to the smallest coin there is. "1,200 yen" has a mark of thousands in it."""
    if of.decimal_places != 3 and re.fullmatch(r"-?\d{1,3}(?:·\d{3})+", written):
        written = written.replace("·", "")
    value = Decimal(written.replace("·", ".", 1).replace("·", "")) * of.minor_units_per_unit
    return (
        Tip(is_out_of_range=True) if value < 0 else Tip(cents=int(value.quantize(Decimal(1), ROUND_HALF_UP)))
    )


def parse_number(text: str) -> int | None:
    """ "twenty five" -> 25, "12" -> 12; only the last words that are numbers count."""
    if re.fullmatch(r"-?\d+", text):
        return int(text[:9])
    total: int | None = None
    for word in text.split():
        value = SMALL_NUMBERS.get(word, TENS.get(word))
        total = value if total is None or value is None else total + value
    return total


def corrected_tip(tip: Tip, value: int) -> Tip:
    """ "Tip four dollars. No, five." """
    return (
        Tip(bp=value * 100)
        if tip.bp is not None
        else Tip(cents=value * venue_currency().minor_units_per_unit)
    )
