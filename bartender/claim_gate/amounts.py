"""Finds the amounts of money and the percentages in normalized text, with or without a currency."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from maya_site.core.currencies import SYMBOL_CHARACTERS, Currency, get_currency

_NUMBER = r"\d{1,9}+(?:,\d{3})*+(?:\.\d{1,9}+)?+"
# "$ 1 3 . 0 0": digits that somebody pulled apart. Possessive throughout: a flood of digits is read once.
_SPACED_NUMBER = rf"{_NUMBER}(?:(?: ?\. ?| )\d{{1,9}}+){{0,8}}+"
_CURRENCY = rf"(?:(?<![a-z])(?:us ?|usd ?|au ?|c ?))?[{SYMBOL_CHARACTERS}]"
_UNIT = (
    r"(?:(?:us |american |real |whole |lousy |measly |little |good |single |play )?"
    r"(?:dollars?|dollar ?bills?|bucks?|buckaroos|usd|greenbacks?|smackers?|smackeroos?|smackeroonies"
    r"|simoleons?|clams?|bones|quid|euros?|eur|"
    r"pounds?(?! of)|sterling|gbp|dolares|dinero|fivers?|tenners?|singles)|\$|€|£|big ones)"
)
_CENTS = r"(?:cents?|pennies|penny|¢|ct\b)"
_CENTS_PER_UNIT = {
    "buck": 100,
    "dollar": 100,
    "fiver": 500,
    "tenner": 1_000,
    "grand": 100_000,
    "nickel": 5,
    "dime": 10,
}

# Idioms that name money and state no amount.
_IDIOM = re.compile(
    r"million[ -]dollar|(?:a |1 )?(?:million|1000000) (?:dollars?|bucks?)(?= (?:smile|question|view|idea"
    r"|tonight|in that|today|$|[.!?]))|"
    r"(?:my|your|his|her|throw in|put in) (?:2|two) cents|(?:2|two) cents'? worth|(?:a |1 )?(?:penny"
    r"|dollar|cent) for your thoughts|"
    r"(?:feel|look)(?:s|ing)? like (?:a )?(?:1000000|million) (?:dollars|bucks)|"
    r"another day,? another dollar|bet your bottom dollar|(?:quick|fast) buck|buck(?:s)? (?:stops"
    r"|the trend|up)|pass the buck|"
    r"(?:not )?worth a (?:red )?cent|every penny|pretty penny|lucky penny|penny drops?"
    r"|make(?:s)? (?:no )?cents|pounds of\b"
)


@lru_cache(maxsize=16)
def _currency_pattern(code: str) -> re.Pattern[str]:
    """Matches amounts with a sign or word of any currency, including those of the venue's own."""
    own = get_currency(code)
    names = {own.spoken_name(count, language) for count in (1, 2) for language in ("en", "es")}
    words = "|".join(sorted(map(re.escape, {_normalize_name(name) for name in names} | {code.lower()})))
    letters = rf"(?:{_CURRENCY}|(?<![a-z])(?:{code.lower()}|{re.escape(own.symbol.lower())}))"
    unit = rf"(?:{_UNIT}|{words})"
    return re.compile(
        rf"(?P<before>-? ?{letters} ?-?)(?P<number>{_SPACED_NUMBER})"
        rf"|(?P<worded>(?<![\w.,])(?:{_SPACED_NUMBER}|\d+/\d+))(?:-"
        rf"| )?(?P<half>and a half )?(?P<unit>{unit})(?![a-z])(?:(?:,? and |,? )(?P<rest>\d{{2}}"
        rf"|\d(?= cent))(?![\d.])(?: {_CENTS})?)?"
        rf"|(?<![\w.,])(?P<small>{_SPACED_NUMBER})(?:-| )?{_CENTS}(?![a-z])"
        rf"|(?<![a-z])(?:an?|1|half a|another) (?:cool |mere |lousy |measly )?(?P<single>buck|dollar|fiver"
        rf"|tenner|grand|nickel|dime)(?![a-z])(?: (?P<tail>\d{{1,2}})(?![\d.]))?"
        rf"|(?P<bare>{_CURRENCY})(?! ?-?\d)"
    )


def _normalize_name(name: str) -> str:
    """The name as `normalize_text` would leave it: lower case, no accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", name.lower()) if char.isascii())


_PERCENT = re.compile(
    r"(?<![\w.,])(?P<number>\d{1,5}(?:[ ]?[.,][ ]?\d+)?(?: \d)?)(?:-| )?(?:%|percent|per cent|per-cent|pct"
    r"|pc\b|percentage points?|per hundred)"
)
# A bare number counts as money after or before these words, unless a counted thing follows it.
_AMOUNT_LEAD = (
    r"(?:comes?|came|coming|works? out|worked out|adds? up|added up|totals?|totall?ed|totall?ing|amounts?"
    r"|rounds?|rings? up)(?: out)?(?: you)?(?: to| at| up to| up at| for)?|"
    r"(?:total|tab|bill|check|damage|balance|tip|gratuity|price|cost|charge|sum|amount|subtotal|discount"
    r"|refund|payment|tax|grand total|fee|surcharge)"
    r"(?: (?:is|of|was|now|stands|sits|stays|right|at|to|currently|so|far|tonight|would|will|be|for|the"
    r"|today|came|remains|equals|reads|says|shows|went|goes|dropped|rose|comes|up|down|due|here|just"
    r"|a)){0,6} ?[:=]?|"
    r"(?:you|i|we) owe(?: me| us| you| the house)?|costs?|costing|priced at|(?:goes?|going|sells?|yours"
    r"|have it|had it|that|them|it|both|1) (?:for|at)|runs? you|sets? you back|back|"
    r"(?:you )?(?:pay|paid|paying)|(?:that|it|this|which|they|both|those|these) (?:is|will be|would be"
    r"|makes|are|was|comes to|would make|will run you)|makes (?:it|that)|"
    r"brings? (?:it|you|your tab|the tab|the total|that|us)(?: up| down)? to|charged(?: you| your card)?"
    r"|refunded(?: you)?|tipped|owing|(?:only|just) for|knocked|shaved|took|taken|take|saved?|saves? you"
    r"|for (?:only|just|a mere|a flat)"
)
_FILLER = (
    r"(?: (?:just|only|about|exactly|around|a mere|a flat|roughly|now|approximately|nearly|almost"
    r"|precisely|still|a cool|a clean|an even|then|merely|barely|under|over))*"
)
_AMOUNT_TRAIL = (
    r"(?:each|apiece|a piece|a pop|a glass|a pint|a pour|even|flat|all in|all told|in total|total"
    r"|altogether|all together|due|owed|owing|"
    r"on the (?:tab|bill|nose|dot|card)|for (?:the (?:2|3|4|5|6|lot|round|pair|set|whole)|both|all"
    r"|everything|the lot)|in tips?|of tips?|left to pay|left on|to pay|plus (?:tax|tip)|and change"
    r"|off (?:the|your)|paid|in the tip jar)"
)
_PAIR = r"\d{1,4}(?: 0 \d(?!\d)|[ .]\d{2}(?!\d))?(?:\.\d+)?"
_BARE_AMOUNT = re.compile(
    rf"(?<![\w$.,/-])(?:(?P<lead>{_AMOUNT_LEAD}){_FILLER} ?(?P<number>{_PAIR})(?![\w/%-]| ?%| percent)"
    rf"|(?P<alone>{_PAIR}) (?={_AMOUNT_TRAIL}(?![a-z])))"
)
_COUNTED_NOUN = re.compile(
    r" (?!each|apiece|a |an |for|even|flat|all|in|total|altogether|please|with|plus|including|included|and"
    r"|but|so|now|at|on|today|tonight|as|after|before|"
    r"then|exactly|due|owed|if|when|my|your|sir|madam|friend|love|darling|too|once|to|or|is|by|off|left"
    r"|because|since|thanks|thank|including|from|instead|only|overall|you|that|this|which|"
    r"the|over|i|we|paid|outstanding|right|here|there|straight|per|spot|bang|give|gross|net)[a-z]"
)


_PRICE_OF_DRINK = re.compile(
    rf"(?:(?: (?:is|are|was|were|goes|go|for|at|costs?|will|would|be|now|only|just|runs?|you|us|tonight"
    rf"|here|sells?|today)){{1,5}} |(?: ?[:=]| -) ?)(?P<number>{_PAIR})(?![\w/%-]| ?%| percent)"
)


@dataclass(frozen=True)
class Amount:
    """An amount in the text from `start` to `end`. `has_currency` is False for a bare number.

    `cents`: every value that it may mean, in minor units of the venue's currency ("13 50" may mean several).
    Empty for an amount in another currency.
    """

    start: int
    end: int
    cents: frozenset[int]
    has_currency: bool = True


@dataclass(frozen=True)
class Percentage:
    """A percentage in the text from `start` to `end`, in basis points."""

    start: int
    end: int
    bp: int


def find_amounts(text: str, drink_ends: Sequence[int] = (), currency_code: str = "USD") -> list[Amount]:
    """All amounts by position. `drink_ends`: where names of drinks end, so that the bare number in "the
    Martini is 13" counts as money. `currency_code`: the currency of the venue."""
    of = get_currency(currency_code)
    idioms = [found.span() for found in _IDIOM.finditer(text)]
    found = [
        Amount(*match.span(), _parse_cents(match, of))
        for match in _currency_pattern(currency_code).finditer(text)
    ]
    found = [one for one in found if not any(start <= one.start < end for start, end in idioms)]
    taken = [(one.start, one.end) for one in found]
    bare = [
        *_BARE_AMOUNT.finditer(text),
        *filter(None, (_PRICE_OF_DRINK.match(text, end) for end in drink_ends)),
    ]
    for match in bare:
        name = "number" if match.group("number") else "alone"
        start, end = match.span(name)
        counted = name == "number" and _COUNTED_NOUN.match(text, end)
        if not counted and not any(a <= start < b for a, b in taken):
            found.append(Amount(start, end, _possible_values(match.group(name), of), has_currency=False))
    return sorted(found, key=lambda one: one.start)


def find_percentages(text: str) -> list[Percentage]:
    return [
        Percentage(*match.span(), _parse_basis_points(match.group("number")))
        for match in _PERCENT.finditer(text)
    ]


def _parse_basis_points(number: str) -> int:
    return round(float(number.replace(" ", "").replace(",", ".")) * 100)


def _parse_cents(match: re.Match[str], venue_currency: Currency) -> frozenset[int]:
    part = match.groupdict()
    if part["bare"] or not _is_venue_currency(match.group(), venue_currency):
        return frozenset()
    if part["single"]:
        size = _CENTS_PER_UNIT[part["single"]]
        if "half a" in match.group():
            return frozenset({size // 2})
        return frozenset({size + int(part["tail"] or 0)})
    if part["small"] or "¢" in (part["before"] or ""):
        number = part["small"] or part["number"] or ""
        return frozenset(
            {
                reading // venue_currency.minor_units_per_unit
                for reading in _possible_values(number, venue_currency)
            }
        )
    return (
        _possible_values(part["number"], venue_currency)
        if part["number"]
        else _parse_worded_amount(part, venue_currency)
    )


_DOLLAR_WORDS = re.compile(
    r"\$|dollar|buck|usd|greenback|smacker|simoleon|clams?|bones|big ones|grand|nickel|dime|play"
)
_CENTS_PATTERN = re.compile(_CENTS)
_FOREIGN_CURRENCY = re.compile(
    rf"(?![$¢])[{SYMBOL_CHARACTERS}]|euro|eur|pound|sterling|gbp|quid|au ?\$|c ?\$|fiver|tenner"
)


def _is_venue_currency(text: str, venue_currency: Currency) -> bool:
    """Whether an amount is in the venue's currency. If that is a dollar, any amount that is not clearly in
    another currency is; otherwise the amount must name the currency."""
    if venue_currency.spoken_name() == "dollars":
        return not (
            _FOREIGN_CURRENCY.search(text)
            and text.strip(" -").rstrip("0123456789., ") != venue_currency.symbol.lower()
        )
    if _CENTS_PATTERN.search(text) and not _DOLLAR_WORDS.search(text):
        return venue_currency.decimal_places == 2
    own = {venue_currency.symbol.lower(), venue_currency.code.lower()}
    own |= {
        _normalize_name(venue_currency.spoken_name(count, language))
        for count in (1, 2)
        for language in ("en", "es")
    }
    return any(mark in text for mark in own)


def _parse_worded_amount(groups: dict[str, str | None], venue_currency: Currency) -> frozenset[int]:
    number = groups["worded"] or ""
    if "/" in number:
        return frozenset({venue_currency.minor_units_per_unit // 2})
    more = int(groups["rest"] or 0) * venue_currency.minor_units_per_unit // 100 + (
        venue_currency.minor_units_per_unit // 2 if groups["half"] else 0
    )
    return frozenset({reading + more for reading in _possible_values(number, venue_currency)})


def _possible_values(number: str, venue_currency: Currency) -> frozenset[int]:
    """What "13.00", "1,300", "13 50" (thirteen fifty) or "1 3 . 0 0" may mean, in minor units. -1 stands for
    an amount finer than the smallest coin: none of our prices equals it."""
    number = number.strip()
    joined = re.sub(r"[ ,]", "", number)
    integer, _, rest = joined.partition(".")
    rest, places = rest.replace(".", ""), venue_currency.decimal_places
    value = int(integer or 0) * venue_currency.minor_units_per_unit + int((rest + "000")[:places] or 0)
    # An amount finer than the smallest coin can be no price of ours.
    values = {-1 if rest[places:].strip("0") else value}
    if places != 2:
        return frozenset(values)
    if pair := re.fullmatch(r"(\d+) (\d{2})", number):
        values.add(int(pair.group(1)) * 100 + int(pair.group(2)))
    elif oh := re.fullmatch(r"(\d+) 0 (\d)", number):
        values.add(int(oh.group(1)) * 100 + int(oh.group(2)))
    return frozenset(values)
