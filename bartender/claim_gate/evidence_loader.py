"""Builds the claim gate's evidence from the menu, the bill and the results of tools."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bartender.brains.rule_based.small_talk import SMALL_TALK_LINES
from bartender.claim_gate.gate import Evidence
from bartender.facts import ToolResult
from bartender.facts.menu import PassagesRecalled
from bartender.menu.snapshot import Menu
from bartender.services.bills import Bill
from bartender.text.normalize import normalize_text
from bartender.text.number_words import words_to_digits
from bartender.text.sentences import SentenceSplitter


def build_evidence(menu: Menu, bill: Bill, results: Sequence[ToolResult] = ()) -> Evidence:
    backing = Evidence(menu=menu, trusted_sentences=set(_scripted_sentences(get_language())))
    backing.known_basis_points |= {
        int(part.abv_percent * 100) for drink in menu.drinks for part in drink.recipe
    }
    add_evidence(backing, bill, results)
    return backing


def add_evidence(evidence: Evidence, bill: Bill, results: Sequence[ToolResult]) -> None:
    """Adds what tools did in this turn: their facts, their sentences, and the bill as it is now."""
    evidence.bill = bill
    for result in results:
        fact = result.fact
        if result.ok if fact is None else fact.is_trusted:
            evidence.trusted_sentences |= _normalized_sentences(result.text)
        if isinstance(fact, PassagesRecalled) and fact.sure_passages:
            evidence.has_passages = True
        if result.ok and fact is not None:
            evidence.facts.append(fact)
            _collect_amounts(evidence, fact.to_dict())


@lru_cache(maxsize=4)
def _scripted_sentences(language: str | None) -> frozenset[str]:
    """The rule-based brain's small talk in this language, normalized. The gate always lets it through, as it
    states no fact."""
    return frozenset().union(
        *(_normalized_sentences(_(line)) for lines in SMALL_TALK_LINES.values() for line in lines)
    )


def _normalized_sentences(text: str) -> set[str]:
    cutter = SentenceSplitter()
    return {words_to_digits(normalize_text(one)).strip() for one in [*cutter.feed(text), *cutter.close()]}


def _collect_amounts(evidence: Evidence, value: Any, name: str = "") -> None:
    """Adds every integer whose name ends in "cents", at any depth of a fact's JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect_amounts(evidence, inner, key)
    elif isinstance(value, list):
        for inner in value:
            _collect_amounts(evidence, inner, name)
    elif isinstance(value, int) and name.endswith("cents"):
        evidence.fact_cents.add(value)
