"""What follows from a turn's facts: what the guest must hear of them whatever the brain says, what stands in
for words that were withheld, and the conversation's next phase (greeting, ordering, talking, or due for the
next round).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from django.utils.translation import gettext as _

from bartender.claim_gate.gate import UnsupportedClaim
from bartender.dialogue.types import Phase
from bartender.errors import AlreadyOrdered, ServiceRefused, UnconfirmedQuantity
from bartender.facts import Fact, Reply, ToolResult
from bartender.facts.bill import BillRead
from bartender.facts.order import describe_tab
from bartender.facts.service import Refused
from bartender.menu.mentions import find_mentions, item_names
from bartender.menu.snapshot import Menu
from bartender.services.bills import Bill
from bartender.text.normalize import plain_text
from maya_site.core.money import format_money

_ASKS = re.compile(r"\?|\b(?:what|which|how|why|is|are|does|tell me|que|cual|como|lleva)\b")
_NAMES_TAB = re.compile(r"\b(?:tab|bill|pay|cuenta|pagar)\b")


def reportable_results(results: Sequence[ToolResult]) -> list[ToolResult]:
    """The results that the guest hears of in any case, in order: all that changed something, was refused or
    looked up an amount. What was looked up before a later change is left out, as it is no longer so."""
    merged = [one for one in merge_repeated_results(results) if one.fact and one.fact.must_report]
    changes = [
        place for place, one in enumerate(merged) if one.ok and one.fact and one.fact.effect != "reads"
    ]
    last = changes[-1] if changes else -1
    return [
        one
        for place, one in enumerate(merged)
        if place >= last or not one.ok or (one.fact and one.fact.effect != "reads")
    ]


def unreported_facts(results: Sequence[ToolResult], reply: str) -> Iterator[str]:
    """For our own brain, which puts facts into words of its own: those that its reply does not report, and
    refusals to serve that it does not repeat."""
    spoken = Reply(plain_text(reply))
    for result in reportable_results(results):
        fact = result.fact
        if isinstance(fact, Refused) and fact.error in _not_served_errors() and result.text not in reply:
            yield result.text
        if fact and result.ok and fact.effect != "reads" and not fact.is_reported_in(spoken):
            yield fact.sentence()


def replacement(claim: UnsupportedClaim, guest_text: str, menu: Menu, bill: Bill) -> str:
    """What is so, in place of a withheld claim in a turn without facts: what the menu says of the drink that
    the guest asked about, the state of the tab, or "" if neither would be an answer."""
    question = plain_text(guest_text)
    if _ASKS.search(question) and (about := _describe_drinks(question, menu)):
        return about
    names_tab = _NAMES_TAB.search(f"{question} {plain_text(claim.text)}") is not None
    if names_tab or claim.kind in ("tab", "disguise"):  # a tick says that something is done
        return f"{describe_tab(bill.lines)} {BillRead.of(bill).sentence() if bill.lines else ''}".rstrip()
    if claim.kind == "link":  # “tap here” is no Tap Beer
        return ""
    return _describe_drinks(plain_text(claim.text), menu)


def _describe_drinks(text: str, menu: Menu) -> str:
    named = [menu.find_drink(one.item) for one in find_mentions(text, item_names(menu))]
    drinks = list(dict.fromkeys(drink for drink in named if drink and drink.available))[:2]
    return " ".join(
        f"{drink.name}, {format_money(drink.price_cents)}: {_(drink.description)}"
        if drink.description
        else f"{drink.name}, {format_money(drink.price_cents)}."
        for drink in drinks
    )


@lru_cache(maxsize=1)
def _not_served_errors() -> frozenset[str]:
    kinds, waiting = set(), [ServiceRefused]
    while waiting:
        waiting += (kind := waiting.pop()).__subclasses__()
        kinds.add(kind.__name__)
    return frozenset(kinds)


def merge_repeated_results(results: Sequence[ToolResult]) -> list[ToolResult]:
    """The results in order, equal ones merged. A repeated call that was not carried out is left out."""
    merged: list[ToolResult] = []
    for result in results:
        if isinstance(result.fact, Refused) and result.fact.error == AlreadyOrdered.__name__:
            continue
        for place, earlier in enumerate(merged):
            both = earlier.fact.merged(result.fact) if earlier.fact and result.fact else None
            if both is not None:
                merged[place] = replace(earlier, fact=both)
                break
        else:
            merged.append(result)
    return merged


def open_questions(results: Sequence[ToolResult]) -> list[str]:
    """What the guest must decide because a brain wanted to order more than they said."""
    open_ones = (
        one.text
        for one in results
        if isinstance(one.fact, Refused) and one.fact.error == UnconfirmedQuantity.__name__
    )
    return list(dict.fromkeys(open_ones))


CHAT_TURNS_BEFORE_REORDER = 4


def next_phase(phase: Phase, facts: Sequence[Fact], bill: Bill, chat_turns: int) -> Phase:
    """The phase after a turn. `facts` are this turn's, without chat; `chat_turns`: turns in a row without
    any."""
    phases = {fact.phase for fact in facts}
    if "small_talk" in phases and bill.status == "open":
        return "small_talk"
    if "order_taking" in phases:
        return "order_taking"
    if phase == "greeting":
        return "order_taking"
    if bill.status == "paid":
        return "small_talk"
    waiting = any(line.status == "open" for line in bill.lines)
    if bill.lines and not waiting and chat_turns and chat_turns % CHAT_TURNS_BEFORE_REORDER == 0:
        return "reorder_prompt"
    if chat_turns >= 2 or phase == "reorder_prompt":
        return "small_talk"
    return phase
