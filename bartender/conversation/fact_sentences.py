"""The sentences of a turn's facts, as the guest may hear them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from bartender.claim_gate.evidence import Evidence
from bartender.claim_gate.gate import ClaimGate, UnsupportedClaim
from bartender.conversation.turn_ending import merge_repeated_results
from bartender.errors import nearest_hint
from bartender.facts import Fact, ToolResult
from bartender.facts.service import Refused


def fact_sentences(evidence: Evidence, results: Sequence[ToolResult]) -> list[str]:
    """What the tools of all rounds did."""
    return [
        fact_sentence(evidence, result, result.fact)
        for result in merge_repeated_results(results)
        if result.fact
    ]


def fact_sentence(evidence: Evidence, result: ToolResult, fact: Fact) -> str:
    """Refusals repeat what a brain asked for, and passages anybody's words: both pass the claim gate."""
    if not result.ok:
        if fact.is_trusted:
            return result.text
        nearest = fact.details.get("nearest", ()) if isinstance(fact, Refused) else ()
        hint = nearest_hint(nearest)  # ours, so only what stands before it is checked
        return _checked_text(evidence, result.text.removesuffix(hint), fact.sentence()) + hint
    if not fact.is_trusted:
        doubtful = _("I have a note on that, but nothing I could promise from it.")
        return _checked_text(evidence, fact.sentence(), doubtful)
    return fact.sentence()


def _checked_text(evidence: Evidence, text: str, fallback: str) -> str:
    gate = ClaimGate(evidence, is_quoted=True)
    parts = [*gate.feed(text), *gate.close()]
    return fallback if any(isinstance(part, UnsupportedClaim) for part in parts) else text
