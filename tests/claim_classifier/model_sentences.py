"""What a model's own sentence may be: talk that touches nothing, or what the evidence bears out.

Nothing is looked for that would be wrong; whatever is not recognised as allowed is held. README.md says how
the claim gate called it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bartender.claim_gate.amounts import find_amounts
from bartender.claim_gate.evidence import Evidence
from bartender.menu.mentions import ItemNames, find_mentions
from bartender.spanish.number_words import SMALL_NUMBER_WORDS, TENS_WORDS
from bartender.spanish.to_english import fold_accents
from bartender.text.normalize import plain_text
from tests.claim_classifier.classifier import is_foreign, makes_claim

PASSAGE_SHARE = 0.9  # of a sentence's words that its passage must hold
_ADDRESS = re.compile(
    r"https?:|\bwww\b|\w\.\w{2,}/|\b\w{2,}\.(?:com|net|org|example|io|link|bar|app|me|es)\b|\w@\w|\bdot com\b"
)
# A restatement has no other words than these, numbers and names of drinks. All else is for the facts to say.
_RESTATING_WORDS = frozenset(
    """
    a an the and or of on in to at for from with as so far now just only all both each that this it
    they them those is are was were has have had been be i you your yours we us our there here then
    yes ok okay sure course no not nothing yet still already again instead too also more less
    another one other extra added add put placed ordered order orders removed remove taken took take
    off changed change made make sent send tab bill total totals comes come stands makes holds shows
    tip tips left set percent dollar dollars bucks cents owe paid pay open closed empty drink drinks
    round cocktail cocktails beer beers spirit spirits price prices cost costs apiece menu double
    single dry dirty perfect neat rocks ice shaken stirred bar included plus thank thanks great done
    got lovely cheers enjoy please friend el la los las un una uno y o de en por con lo tu tus su
    que se ha he hay nada ya solo son es esta van va tienes llevas cuenta propina dolar dolares
    pedido momento ahora todavia aun pagado dejado vacia martini copa copas cada mas otro otra
    """.split()  # noqa: SIM905
)
_WORD = re.compile(r"[a-z]+")
_CURRENCY = re.compile(r"[$€£¥]|dollar|buck|cent|euro|pound|peso|pavo")
_NUMBER = re.compile(r"\d[\d.,]*")
_SPANISH_NUMBERS = {
    fold_accents(word): str(value) for value, word in enumerate(SMALL_NUMBER_WORDS) if word and value > 1
} | {fold_accents(word): str(30 + 10 * place) for place, word in enumerate(TENS_WORDS)}
_SPANISH_NUMBER = re.compile(rf"\b(?:{'|'.join(_SPANISH_NUMBERS)})\b")


def held_kind(
    sentence: str,
    evidence: Evidence,
    names: ItemNames,
    passages: Iterable[set[str]] = (),
    *,
    is_spanish: bool,
) -> str:
    """Why a model's sentence is held, "" if it may be heard so far. `passages`: the words of each that the
    brain was shown."""
    said = plain_text(sentence).strip(" ;")
    if _ADDRESS.search(said):
        return "link"
    if _is_from_passage(said, passages):
        return ""
    if is_foreign(sentence, names, is_spanish_visit=is_spanish):
        return "language"
    plain = _digits(said) if is_spanish else said
    if _has_unknown_amount(plain, evidence, names):
        return "amount"
    if makes_claim(sentence, names) and not _restates(plain, evidence, names):
        return "claim"
    return ""


def _digits(said: str) -> str:
    text = _SPANISH_NUMBER.sub(lambda found: _SPANISH_NUMBERS[found.group()], fold_accents(said))
    return re.sub(r"\bdolar(?:es)?\b", "dollars", re.sub(r"\bun(?:a|o)? (?=dolar)", "1 ", text))


def passage_words(text: str) -> set[str]:
    """The words and numbers of a passage."""
    return set(re.findall(r"[a-z]+|\d[\d.,]*", plain_text(text)))


def _is_from_passage(said: str, passages: Iterable[set[str]]) -> bool:
    """Whether a passage says it in (nearly) the same words, with every number."""
    words = set(_WORD.findall(said))
    numbers = set(_NUMBER.findall(said))
    return len(words) > 3 and any(
        numbers <= passage and len(words & passage) >= PASSAGE_SHARE * len(words) for passage in passages
    )


def _has_unknown_amount(said: str, evidence: Evidence, names: ItemNames) -> bool:
    """Whether it names an amount of money that is no price of a drink it names, and not on the tab."""
    found = [
        one
        for one in find_amounts(said, (), evidence.bill.currency)
        if _CURRENCY.search(said, max(0, one.start - 2), one.end + 9)
    ]
    if not found:
        return False
    items = {one.item for one in find_mentions(said, names) if one.item}
    known = set().union(*(evidence.item_prices(item, said) for item in items)) if items else set()
    known |= evidence.totals() | evidence.fact_cents | {evidence.bill.tip_cents, evidence.bill.paid_cents}
    known |= {line.cents for line in evidence.bill.lines}
    return not all(one.cents & known for one in found)


def _restates(said: str, evidence: Evidence, names: ItemNames) -> bool:
    """Whether it says only what is on the tab or was done in this turn, in the words for that."""
    if any(fact.proof.subject and fact.proof.subject.search(said) for fact in evidence.facts):
        return True  # the subject's own proof is asked next
    mentions = find_mentions(said, names)
    text = said
    for one in reversed(mentions):
        text = f"{text[: one.start]} {text[one.end :]}"
    if not set(_WORD.findall(text)) <= _RESTATING_WORDS:
        return False
    return bool(evidence.facts) or all(not one.item or evidence.is_on_tab(one) for one in mentions)
