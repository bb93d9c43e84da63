"""Finds what was done and not said, so that the guest is told of it although the brain was silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from bartender.errors import AlreadyOrdered, ServiceRefused, UnconfirmedQuantity
from bartender.facts import Reply, ToolResult
from bartender.facts.service import Refused
from bartender.text.normalize import plain_text


def unreported_facts(results: Sequence[ToolResult], reply: str) -> Iterator[str]:
    """The sentences of facts that must be reported and are not in the reply, and of refusals to serve that it
    does not repeat."""
    heard = Reply(plain_text(reply))
    for result in merge_repeated_results(results):
        fact = result.fact
        if isinstance(fact, Refused) and fact.error in _not_served_errors() and result.text not in reply:
            yield result.text
        if fact and result.ok and fact.must_report and not fact.is_reported_in(heard):
            yield fact.sentence()


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
