"""Every amount of money and every percentage that a sentence names, however it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = r"\d{1,9}+(?:,\d{3})*+(?:\.\d{1,9}+)?+"
# "$ 1 3 . 0 0": digits that somebody pulled apart. Possessive throughout: a flood of digits is read once.
_LOOSE = rf"{_NUMBER}(?:(?: ?\. ?| )\d{{1,9}}+){{0,8}}+"
_CURRENCY = r"(?:(?<![a-z])(?:us ?|usd ?|au ?|c ?))?[$€£¥₹¢]"
_UNIT = (
    r"(?:(?:us |american |real |whole |lousy |measly |little |good |single |play )?"
    r"(?:dollars?|dollar ?bills?|bucks?|buckaroos|usd|greenbacks?|smackers?|smackeroos?|smackeroonies"
    r"|simoleons?|clams?|bones|quid|euros?|eur|"
    r"pounds?(?! of)|sterling|gbp|dolares|dinero|fivers?|tenners?|singles)|\$|€|£|big ones)"
)
_CENTS = r"(?:cents?|pennies|penny|¢|ct\b)"
_SMALL = {
    "buck": 100,
    "dollar": 100,
    "fiver": 500,
    "tenner": 1_000,
    "grand": 100_000,
    "nickel": 5,
    "dime": 10,
}

# not money although it says so
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

_MARKED = re.compile(
    rf"(?P<before>-? ?{_CURRENCY} ?-?)(?P<number>{_LOOSE})"
    rf"|(?P<worded>(?<![\w.,])(?:{_LOOSE}|\d+/\d+))(?:-"
    rf"| )?(?P<half>and a half )?(?P<unit>{_UNIT})(?![a-z])(?:(?:,? and |,? )(?P<rest>\d{{2}}"
    rf"|\d(?= cent))(?![\d.])(?: {_CENTS})?)?"
    rf"|(?<![\w.,])(?P<small>{_LOOSE})(?:-| )?{_CENTS}(?![a-z])"
    rf"|(?<![a-z])(?:an?|1|half a|another) (?:cool |mere |lousy |measly )?(?P<single>buck|dollar|fiver"
    rf"|tenner|grand|nickel|dime)(?![a-z])(?: (?P<tail>\d{{1,2}})(?![\d.]))?"
    rf"|(?P<bare>{_CURRENCY})(?! ?-?\d)"
)
_PERCENT = re.compile(
    r"(?<![\w.,])(?P<number>\d{1,5}(?:[ ]?[.,][ ]?\d+)?(?: \d)?)(?:-| )?(?:%|percent|per cent|per-cent|pct"
    r"|pc\b|percentage points?|per hundred)"
)
# A bare number counts as money after or before these words, unless a counted thing follows it.
_LEADS = (
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
_TRAILS = (
    r"(?:each|apiece|a piece|a pop|a glass|a pint|a pour|even|flat|all in|all told|in total|total"
    r"|altogether|all together|due|owed|owing|"
    r"on the (?:tab|bill|nose|dot|card)|for (?:the (?:2|3|4|5|6|lot|round|pair|set|whole)|both|all"
    r"|everything|the lot)|in tips?|of tips?|left to pay|left on|to pay|plus (?:tax|tip)|and change"
    r"|off (?:the|your)|paid|in the tip jar)"
)
_PAIR = r"\d{1,4}(?: 0 \d(?!\d)|[ .]\d{2}(?!\d))?(?:\.\d+)?"
_BARE = re.compile(
    rf"(?<![\w$.,/-])(?:(?P<lead>{_LEADS}){_FILLER} ?(?P<number>{_PAIR})(?![\w/%-]| ?%| percent)"
    rf"|(?P<alone>{_PAIR}) (?={_TRAILS}(?![a-z])))"
)
_COUNTS = re.compile(
    r" (?!each|apiece|a |an |for|even|flat|all|in|total|altogether|please|with|plus|including|included|and"
    r"|but|so|now|at|on|today|tonight|as|after|before|"
    r"then|exactly|due|owed|if|when|my|your|sir|madam|friend|love|darling|too|once|to|or|is|by|off|left"
    r"|because|since|thanks|thank|including|from|instead|only|overall|you|that|this|which|"
    r"the|over|i|we|paid|outstanding|right|here|there|straight|per|spot|bang|give|gross|net)[a-z]"
)


_OF_A_DRINK = re.compile(
    rf"(?:(?: (?:is|are|was|were|goes|go|for|at|costs?|will|would|be|now|only|just|runs?|you|us|tonight"
    rf"|here|sells?|today)){{1,5}} |(?: ?[:=]| -) ?)(?P<number>{_PAIR})(?![\w/%-]| ?%| percent)"
)


@dataclass(frozen=True)
class Amount:
    """What a piece of text may mean, in cents; nothing at all where it is money that is not counted here."""

    start: int
    end: int
    cents: frozenset[int]
    marked: bool = True


@dataclass(frozen=True)
class Share:
    """A percentage, in basis points."""

    start: int
    end: int
    bp: int


def amounts(text: str, drinks: Sequence[int] = ()) -> list[Amount]:
    """`drinks`: where the names of drinks end; "the Martini is 13" is about money."""
    idioms = [found.span() for found in _IDIOM.finditer(text)]
    found = [_marked(match) for match in _MARKED.finditer(text)]
    found = [one for one in found if not any(start <= one.start < end for start, end in idioms)]
    taken = [(one.start, one.end) for one in found]
    bare = [*_BARE.finditer(text), *filter(None, (_OF_A_DRINK.match(text, end) for end in drinks))]
    for match in bare:
        name = "number" if match.group("number") else "alone"
        start, end = match.span(name)
        counted = name == "number" and _COUNTS.match(text, end)
        if not counted and not any(a <= start < b for a, b in taken):
            found.append(Amount(start, end, _readings(match.group(name)), marked=False))
    return sorted(found, key=lambda one: one.start)


def shares(text: str) -> list[Share]:
    return [Share(*match.span(), _bp(match.group("number"))) for match in _PERCENT.finditer(text)]


def _bp(number: str) -> int:
    return round(float(number.replace(" ", "").replace(",", ".")) * 100)


def _marked(match: re.Match[str]) -> Amount:
    return Amount(*match.span(), _cents(match))


def _cents(match: re.Match[str]) -> frozenset[int]:
    part = match.groupdict()
    if part["bare"]:
        return frozenset()
    if part["single"]:
        size = _SMALL[part["single"]]
        if "half a" in match.group():
            return frozenset({size // 2})
        return frozenset({size + int(part["tail"] or 0)})
    if part["small"]:
        return frozenset({reading // 100 for reading in _readings(part["small"])})
    if not _is_ours(match.group()):
        return frozenset()
    if part["number"]:
        return (
            frozenset({reading // 100 for reading in _readings(part["number"])})
            if "¢" in part["before"]
            else _readings(part["number"])
        )
    return _worded(part)


def _is_ours(text: str) -> bool:
    return not re.search(r"[€£¥₹]|euro|eur|pound|sterling|gbp|quid|au ?\$|c ?\$|fiver|tenner", text)


def _worded(part: dict[str, str | None]) -> frozenset[int]:
    number = part["worded"] or ""
    if "/" in number:
        return frozenset({50})
    more = int(part["rest"] or 0) + (50 if part["half"] else 0)
    return frozenset({reading + more for reading in _readings(number)})


def _readings(number: str) -> frozenset[int]:
    """ "13.00", "1,300", "13 50" (thirteen fifty), "1 3 . 0 0"."""
    number = number.strip()
    joined = re.sub(r"[ ,]", "", number)
    values = {_in_cents(joined)}
    if pair := re.fullmatch(r"(\d+) (\d{2})", number):
        values = {int(pair.group(1)) * 100 + int(pair.group(2)), _in_cents(joined)}
    elif oh := re.fullmatch(r"(\d+) 0 (\d)", number):
        values.add(int(oh.group(1)) * 100 + int(oh.group(2)))
    return frozenset(values)


def _in_cents(number: str) -> int:
    whole, _, rest = number.partition(".")
    rest = rest.replace(".", "")
    if len(rest) > 2 and rest[2:].strip("0"):
        return -1  # a fraction of a cent is no price of ours
    return int(whole or 0) * 100 + int((rest + "00")[:2])
