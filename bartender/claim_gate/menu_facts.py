"""Compares the numbers and allergens that a sentence gives to drinks with those of the menu."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bartender.claim_gate.amounts import Amount, find_amounts, find_percentages
from bartender.claim_gate.evidence import Evidence
from bartender.menu.mentions import ANY_ITEM, GENERIC_ITEMS, Mention
from bartender.menu.snapshot import Drink
from bartender.safety.allergens import ALLERGEN_BY_FORM
from bartender.text.normalize import plain_text

MAX_AMOUNTS = 60
_DIRECTLY_AFTER = re.compile(r"[ :=,|-]*(?:is|are|at|for|costs?|cuesta|vale|son|a|x \d+)?[ :=,|-]*")
_DIRECTLY_FOLLOWED = re.compile(r" ?(?:for|a|an|the|per|of|por|un|una|el|la|house|single|each|[ -])*")
_IN_ALL = re.compile(r"\b(?:together|total|in all|all in|altogether|both|bring|juntos|entre|total)\b")
_MILLILITRES = re.compile(r"\b(\d+) ?(?:ml|millilit\w+|mililitros?)\b")
# A statement of the menu has no other words than these, its drinks, allergens and amounts.
_MENU_WORDS = frozenset(
    """
    a an the our and or is are it at for of to with each here only costs cost price goes sells comes would be
    we have pour serve there contains contain has free from no dollar dollars cents bucks tonight than more
    un una el la los las y o es son a por cuesta vale sale cada aqui dolares dolar hay tenemos contiene
    contienen lleva sin de precio esta noche any hour day
    """.split()  # noqa: SIM905
)
_CONTAINS = re.compile(r"\b(?:contains?|has|contienen?|lleva)\b")
_UNSURE = re.compile(r"\b(?:know|sure|ask|se|seguro|pregunta)\b")
_CLAUSE_END = re.compile(r"[,;.!?]| (?:but|and|pero|y) ")
_FREE_OF = re.compile(r"\b(?:free|no|not|without|never|zero|none|sin|libre|ni|ningun\w*)\b")
_WORD = re.compile(r"[a-z0-9]+")
_CERTAIN_PERCENT = 10_000


def has_false_number(said: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether plain `said` names an amount of money that is no price of the drinks that it names, or another
    strength or measure than theirs. A passage may name bare numbers beside a drink that are no money."""
    amounts = find_amounts(said, [one.end for one in mentions], evidence.bill.currency)
    reads_bare = bool(mentions) and not evidence.is_from_passage(said)
    amounts = [one for one in amounts if one.has_currency or reads_bare]
    if len(amounts) > MAX_AMOUNTS or not all(
        _is_price(one, amounts, said, mentions, evidence) for one in amounts
    ):
        return True
    drinks = _drinks_of(mentions, evidence)
    if not drinks:
        return False
    strengths = {one.bp for one in find_percentages(said)} - {_CERTAIN_PERCENT}
    measures = {float(ml) for ml in _MILLILITRES.findall(said)}
    return not strengths <= evidence.known_basis_points or not measures <= {
        float(part.ml or 0) for drink in drinks for part in drink.recipe
    } | {sum(float(part.ml or 0) for part in drink.recipe) for drink in drinks}


def has_false_allergen(said: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether it says that a drink is free of an allergen, or contains one, and the menu does not."""
    start = 0
    for end in [*(found.start() for found in _CLAUSE_END.finditer(said)), len(said)]:
        names = _allergens_in(said[start:end])
        wanted: tuple[str, ...] = ()
        if names and _FREE_OF.search(said, start, end):
            wanted = () if _UNSURE.search(said, start, end) else ("free",)
        elif names and _CONTAINS.search(said, start, end):
            wanted = ("contains", "may_contain")
        if wanted:
            here = [one for one in mentions if start <= one.start < end]
            last = [one for one in mentions if one.start < start][-1:]  # “beer, free of gluten, is ...”
            drinks = _drinks_of(here or last, evidence)
            stated = [{name for name, state in drink.allergens if state in wanted} for drink in drinks]
            if not all(names <= one for one in stated):
                return True
        start = end
    return False


def is_menu_statement(said: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether it gives prices or allergens of drinks, as the menu does, and says nothing else. Beside them it
    may name the price rule that they all have now, and until when."""
    said = _without_price_rule(said, mentions, evidence)
    text = said
    for one in reversed(mentions):
        text = f"{text[: one.start]} {text[one.end :]}"
    allergens = _allergens_in(text)
    words = {word for word in re.findall(r"[a-z]+", text) if word not in ALLERGEN_BY_FORM}
    if not mentions or not all(one.item for one in mentions) or not words <= _MENU_WORDS:
        return False
    amounts = find_amounts(said, [one.end for one in mentions], evidence.bill.currency)
    if not allergens and (not amounts or _FREE_OF.search(text)):
        return False
    return not has_false_number(said, mentions, evidence) and not has_false_allergen(said, mentions, evidence)


def _without_price_rule(said: str, mentions: Sequence[Mention], evidence: Evidence) -> str:
    """With blanks in its place, as the mentions have places in the text."""
    labels = {one.reduction.label if one.reduction else "" for one in _drinks_of(mentions, evidence)}
    label = plain_text(labels.pop()) if len(labels) == 1 else ""
    return said.replace(label, " " * len(label)) if label else said


def _allergens_in(text: str) -> set[str]:
    return {ALLERGEN_BY_FORM[word] for word in _WORD.findall(text) if word in ALLERGEN_BY_FORM}


def _drinks_of(mentions: Sequence[Mention], evidence: Evidence) -> list[Drink]:
    wanted = {one.item for one in mentions}
    drinks = evidence.menu.drinks if evidence.menu else ()
    return [one for one in drinks if {one.name, one.category, ANY_ITEM} & wanted]


def _is_price(
    amount: Amount, amounts: Sequence[Amount], said: str, mentions: Sequence[Mention], evidence: Evidence
) -> bool:
    """An amount belongs to the drink at once before it, else to the one at once behind it, as in “a $12
    Manhattan”, else to the last before it."""
    if not mentions:
        return bool(amount.cents & evidence.all_prices())
    before = [one for one in mentions if one.end <= amount.start]
    after = next((one for one in mentions if one.start >= amount.end), None)
    is_before = before and _DIRECTLY_AFTER.fullmatch(said, before[-1].end, amount.start)
    if after and not is_before and _DIRECTLY_FOLLOWED.fullmatch(said, amount.end, after.start):
        return bool(amount.cents & _prices(after, said, evidence))
    is_total = len(amounts) == 1 and (len(mentions) > 1 or bool(_IN_ALL.search(said)))
    if is_total and amount.cents & {_sum_of(mentions, said, evidence)}:
        return True
    mine = before[-1] if before else after
    return mine is not None and bool(amount.cents & _prices(mine, said, evidence))


def _prices(mention: Mention, said: str, evidence: Evidence) -> set[int]:
    """Of one of the drink, and of as many as are mentioned."""
    if mention.item in GENERIC_ITEMS:
        return {drink.price_cents for drink in _drinks_of([mention], evidence)}
    units = evidence.item_prices(mention.item, said)
    return units | {unit * (mention.quantity or 1) for unit in units}


def _sum_of(mentions: Sequence[Mention], said: str, evidence: Evidence) -> int:
    prices = [min(evidence.item_prices(one.item, said), default=0) * (one.quantity or 1) for one in mentions]
    return sum(prices) if all(prices) else 0
