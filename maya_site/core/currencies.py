"""Currencies by ISO 4217: which there are, how many decimals each has, how it is written and spoken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import iso4217
from babel.numbers import get_currency_name, get_currency_symbol

from maya_site.core.errors import Refusal

# Signs of money in any script, for whoever has to find them in a text: one character each.
SYMBOL_CHARACTERS = "$¢-¥\u058f\u060b\u09f2\u09f3\u0e3f\u17db\u20a0-\u20c0"
NO_BREAK_SPACE = "\u00a0"


class UnknownCurrency(Refusal):
    def __init__(self, code: str) -> None:
        super().__init__(f"No such currency: {code!r}. It is an ISO 4217 code, such as USD or JPY.")


@dataclass(frozen=True)
class Currency:
    """One currency of ISO 4217. `places` is the number of decimals of its minor unit: 0 for yen, 3 for
    dinar."""

    code: str
    decimal_places: int
    symbol: str

    @property
    def minor_units_per_unit(self) -> int:
        """Minor units in one unit: 100 cents, 1 yen, 1000 fils."""
        return 10**self.decimal_places  # type: ignore[no-any-return] # an int, as places is never negative

    def format_minor_units(self, minor: int) -> str:
        """1300 -> "$13.00", -250 -> "-$2.50"; 2200 yen -> "¥2,200"; 2500 fils -> "KWD 2.500"."""
        major, rest = divmod(abs(minor), self.minor_units_per_unit)
        places = f".{rest:0{self.decimal_places}d}" if self.decimal_places else ""
        return f"{'-' if minor < 0 else ''}{self.prefix}{major:,}{places}"

    @property
    def prefix(self) -> str:
        """What stands before the digits: a symbol, or letters and a no-break space."""
        return f"{self.symbol}{NO_BREAK_SPACE}" if self.symbol[-1].isalpha() else self.symbol

    def spoken_name(self, count: int = 2, language: str = "en") -> str:
        """The name as people say it at a bar: "dollars", "yen", "dinares". It leaves out which dollars."""
        words = str(get_currency_name(self.code, count=count, locale=language)).split()
        if language == "es":
            return words[1] if words[0].startswith("nuevo") and len(words) > 1 else words[0]
        return words[-1]


def is_currency(code: str) -> bool:
    try:
        return bool(get_currency(code))
    except UnknownCurrency:
        return False


@cache
def currencies_by_symbol() -> dict[str, Currency]:
    """The currency that each symbol stands for in English."""
    known = [one for one in iso4217.Currency if one.exponent is not None]
    return {of.symbol: of for of in (get_currency(one.code) for one in known)}


@lru_cache(maxsize=256)
def get_currency(code: str) -> Currency:
    """The currency of an ISO 4217 code. Raises UnknownCurrency for anything without a minor unit: metals,
    funds, test codes."""
    try:
        found = iso4217.Currency(code)
    except ValueError:
        raise UnknownCurrency(code) from None
    if found.exponent is None:
        raise UnknownCurrency(code)
    return Currency(code, found.exponent, get_currency_symbol(code, locale="en_US"))
