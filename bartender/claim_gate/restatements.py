"""Recognises a sentence that restates the tab as it is. It may have no other words than these, numbers and
names of drinks, and every number, drink and state in it must be the tab's. What a turn did is for its facts
to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bartender.claim_gate.amounts import Amount, find_amounts, find_percentages
from bartender.claim_gate.evidence import Evidence
from bartender.menu.mentions import Mention
from bartender.services.bills import Bill

_PLAIN_WORDS = frozenset(
    """
    a an the and of on in to at for with as so far now just only all both that this it they them is
    are was has have had been be i you your we there here then yes ok okay still already yet not no
    nothing tab bill total totals comes come stands sits order orders ordered drink drinks dollar
    dollars cents owe pay paid settled tip left sent bar empty clear open price menu one up go going
    anything any haven t don amount due play money balance percent with included makes thank thanks right
    el la los las un una uno y de en por con lo tu tus que se ha has hay he nada ya solo son es esta
    va van tienes llevas cuenta pedido propina dolar dolares momento ahora todavia aun no pagado
    pagada dejado enviado barra vacia vacio debes total sigue abierta abierto
    s ve re ll moment tonight present actual
    """.split()  # noqa: SIM905
)
_WORD = re.compile(r"[a-z]+")
_NUMBER = re.compile(r"\d+")
_NEGATION = re.compile(r"\b(?:not|no|nothing|nada|yet to|never|todavia no|aun no)\b")
_CLAUSE_END = re.compile(r"[,;.]|\b(?:and|but|y|pero)\b")
_ONLY = re.compile(r"\b(?:just|only|solo|all)\b")
_BALANCE = re.compile(r"\b(?:play money|balance)\b")
_TIP = re.compile(r"\b(?:tip|propina)\b")


def _is_sent(bill: Bill) -> bool:
    return any(line.status == "sent" for line in bill.lines)


@dataclass(frozen=True)
class State:
    """What a word says of the tab, alone and beside a negation."""

    word: re.Pattern[str]
    is_so: Callable[[Bill], bool]
    is_not_so: Callable[[Bill], bool]


_STATES = (
    State(
        re.compile(r"\b(?:paid|settled|pagad[oa])\b"),
        lambda bill: bill.status == "paid",
        lambda bill: bill.status != "paid" and not bill.paid_cents,
    ),
    State(re.compile(r"\b(?:sent|bar|enviad[oa]|barra)\b"), _is_sent, lambda bill: not _is_sent(bill)),
    State(_TIP, lambda bill: bool(bill.tip_cents), lambda bill: not bill.tip_cents),
    State(
        re.compile(r"\b(?:empty|clear|vaci[oa])\b"),
        lambda bill: not bill.lines,
        lambda bill: bool(bill.lines),
    ),
    State(
        re.compile(r"\b(?:owe|due|pay|debes)\b"),
        lambda bill: bool(bill.due_cents),
        lambda bill: not bill.due_cents,
    ),
    State(
        re.compile(r"\b(?:open|abiert[oa])\b"),
        lambda bill: bill.status == "open",
        lambda bill: bill.status != "open",
    ),
)
_NAMED_TAB = re.compile(r"\b(?:tab|bill|order|ordered|cuenta|pedido)\b")
_ON_TAB = re.compile(r"\b(?:tab|bill|order|ordered|cuenta|pedido|have|tienes|llevas|so far|there|here|hay)\b")


def restates_tab(said: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether plain `said` is a statement about the tab that is so, and nothing else."""
    if said.endswith("?") or not _is_in_plain_words(said, mentions):
        return False
    bill, negated = evidence.bill, _NEGATION.search(said) is not None
    states = _states_in(said)
    if not _are_states_so(said, bill):
        return False
    amounts = find_amounts(said, (), bill.currency)
    if negated:
        about_tab = bool(states) or (_ON_TAB.search(said) is not None and not bill.lines)
        return about_tab and not mentions and not amounts
    return (
        bool(states or mentions or amounts)
        and _are_on_tab(said, mentions, evidence)
        and _are_numbers_so(said, amounts, mentions, evidence)
    )


def contradicts_tab(said: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether a sentence in such plain words names a state that is not the tab's."""
    if said.endswith("?") or not _is_in_plain_words(said, mentions):
        return False
    return not _are_states_so(said, evidence.bill)


def _states_in(said: str) -> list[State]:
    return [state for state in _STATES if state.word.search(said)]


def _are_states_so(said: str, bill: Bill) -> bool:
    """A negation is about its own clause: “you have not paid yet, the tab is open”."""
    return all(
        (state.is_not_so if _NEGATION.search(clause) else state.is_so)(bill)
        for clause in _CLAUSE_END.split(said)
        for state in _states_in(clause)
    )


def _is_in_plain_words(said: str, mentions: Sequence[Mention]) -> bool:
    text = said
    for one in reversed(mentions):
        text = f"{text[: one.start]} {text[one.end :]}"
    return set(_WORD.findall(text)) <= _PLAIN_WORDS


def _are_on_tab(said: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    if not mentions:
        return True
    if not all(one.item and evidence.is_on_tab(one) for one in mentions):
        return False
    named = {one.item for one in mentions}
    return not _ONLY.search(said) or {line.item for line in evidence.bill.lines} <= named


def _known_amounts(said: str, mentions: Sequence[Mention], evidence: Evidence) -> set[int]:
    bill = evidence.bill
    if _BALANCE.search(said):
        return set() if bill.balance_cents is None else {bill.balance_cents}
    names_tab = _NAMED_TAB.search(said) is not None
    lines = set().union(*(evidence.line_totals(one.item, names_tab=names_tab) for one in mentions))
    return evidence.totals() | lines | ({bill.tip_cents} if _TIP.search(said) else set())


def _are_numbers_so(
    said: str, amounts: Sequence[Amount], mentions: Sequence[Mention], evidence: Evidence
) -> bool:
    """Every number must be an amount of the tab, the tip's share, or a quantity of drinks."""
    known, shares = _known_amounts(said, mentions, evidence), find_percentages(said)
    if not all(one.cents & known for one in amounts):
        return False
    if not all(one.bp == evidence.bill.tip_bp for one in shares):
        return False
    spans = [(one.start, one.end) for one in amounts] + [(one.start, one.end) for one in shares]
    counts = {str(one.quantity) for one in mentions if one.quantity is not None}
    return all(
        found.group() in counts or any(start <= found.start() < end for start, end in spans)
        for found in _NUMBER.finditer(said)
    )
