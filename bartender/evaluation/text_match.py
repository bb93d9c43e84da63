"""Finds in a reply a phrase, one of several phrases, or an amount in any notation."""

from __future__ import annotations

import re
import unicodedata

from bartender.text.normalize import words_to_digits

_DOLLAR_AMOUNT = re.compile(r"\$ ?(\d[\d,]*(?:\.\d{1,2})?)")


def contains_phrase(wanted: str | float, reply: str, *, as_money: bool = False) -> bool:
    """A phrase must stand in whole words; alternatives are divided by bars. A number is an amount in dollars;
    `as_money`: only with a sign or word of money, because "one Negroni" is no dollar."""
    text = _normalize(reply)
    if isinstance(wanted, str):
        return any(_phrase_pattern(one).search(text) for one in wanted.split("|"))
    if as_money:
        return bool(
            _money_pattern(wanted).search(text) or _money_pattern(wanted).search(words_to_digits(text))
        )
    return bool(_amount_pattern(wanted).search(text) or _amount_pattern(wanted).search(words_to_digits(text)))


def dollar_amounts_cents(reply: str) -> set[int]:
    """Every amount that is written with a dollar sign, in cents."""
    return {round(float(one.replace(",", "")) * 100) for one in _DOLLAR_AMOUNT.findall(reply)}


def _normalize(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").lower()
    return " ".join(text.split())


def _phrase_pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_normalize(phrase))}(?!\w)")


def _money_pattern(dollars: float) -> re.Pattern[str]:
    amount = _amount_pattern(dollars).pattern
    cents = round(dollars * 100) % 100
    return re.compile(rf"\$ ?{amount}|{amount} ?(?:dollars?|bucks?)|{amount}(?<=\.{cents:02d})")


def _amount_pattern(dollars: float) -> re.Pattern[str]:
    """Matches 22.00 as 22, $22.00, "22 dollars"; 26.40 as 26.40 and as "26 dollars and 40 cents"."""
    major, cents = divmod(round(dollars * 100), 100)
    numbers = rf"{major:,}|{major}" if major > 999 else str(major)
    rest = r"(?:\.00)?" if not cents else rf"(?:\.{cents:02d}| (?:dollars? )?(?:and )?{cents:02d})"
    return re.compile(rf"(?<![\d.,])(?:{numbers}){rest}(?![\d%]|[.,]\d)")
