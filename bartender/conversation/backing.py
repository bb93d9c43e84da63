"""What is true at this moment and what this turn committed: what the claim gate checks against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bartender.brains.base import Result
from bartender.conversation.claims import Backing
from bartender.conversation.gate.numbers import digits
from bartender.conversation.gate.plain import plain
from bartender.conversation.gate.sentences import Sentences
from bartender.menu.snapshot import Menu
from bartender.services.bills import Bill


def backing_of(menu: Menu, bill: Bill, results: Sequence[Result] = ()) -> Backing:
    backing = Backing(menu=menu)
    backing.percents |= {int(part.abv_percent * 100) for drink in menu.drinks for part in drink.recipe}
    learn(backing, bill, results)
    return backing


def learn(backing: Backing, bill: Bill, results: Sequence[Result]) -> None:
    """After tools ran: their facts and the tab as it is now."""
    backing.bill = bill
    for result in results:
        if _is_ours(result):
            backing.sayings |= _sentences(result.text)
        backing.quoted |= any(row["sure"] for row in result.facts.get("passages", ()))
        if result.ok:
            backing.kinds.add(str(result.facts.get("kind", "")))
            backing.facts.append(result.facts)
            _walk(backing, result.facts)


def _is_ours(result: Result) -> bool:
    """A refusal that repeats what a brain asked for could be made to say anything; so could a passage."""
    if result.facts.get("kind") == "recalled":
        return False
    return result.ok or (result.facts.get("kind") == "refused" and "asked" not in result.facts)


def _sentences(text: str) -> set[str]:
    cutter = Sentences()
    return {digits(plain(one)).strip() for one in [*cutter.feed(text), *cutter.close()]}


def _walk(backing: Backing, value: Any, name: str = "") -> None:
    """Every amount anywhere in a fact."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(backing, inner, key)
    elif isinstance(value, list):
        for inner in value:
            _walk(backing, inner, name)
    elif isinstance(value, int) and name.endswith("cents"):
        backing.cents.add(value)
