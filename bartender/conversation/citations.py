"""Finds which of the bar's passages an answer is based on, by comparing words; no model decides it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bartender.brains.base import TurnContext
from bartender.dialogue.types import RULE_BASED_BRAIN
from bartender.facts import ToolResult
from bartender.facts.menu import PassagesRecalled, RecalledPassage
from bartender.menu.snapshot import Menu
from bartender.models.visits import Citation
from rag.tokens import stemmed_terms

# How many words of an answer must be from the passage; fewer if the answer has few words of its own.
MIN_OWN_TERMS, MIN_OWN_TERMS_SHORT_REPLY, SHORT_REPLY_TERMS = 3, 2, 4


def cited_sources(
    reply: str, brain_name: str, context: TurnContext, results: Sequence[ToolResult]
) -> list[Citation]:
    """The passages to name as sources. The rule-based brain reads out the first sure passage, so that one; a
    model's answer is compared with every passage that it was shown."""
    # The passages that the brain was shown, each once.
    shown = {
        one.id: RecalledPassage(one.id, one.title, one.text, one.source, one.is_confident)
        for one in context.recalled_passages
    }
    for result in results:
        if isinstance(result.fact, PassagesRecalled):
            shown.update({row.id: row for row in result.fact.passages})
    sources = list(shown.values())
    if brain_name == RULE_BASED_BRAIN:
        return [Citation(id=row.id, title=row.title) for row in sources if row.sure][:1]
    return _match_passages(reply, sources, _common_terms(context))


def _match_passages(
    reply: str, passages: Sequence[RecalledPassage], common_terms: frozenset[str]
) -> list[Citation]:
    """Passages by how many of the answer's words they have, best first. Each further one must have words that
    the earlier ones do not."""
    left = set(stemmed_terms(reply)) - common_terms
    shares = {row.id: set(stemmed_terms(f"{row.title} {row.text}")) for row in passages}
    rows, found = list(passages), list[Citation]()
    needed = MIN_OWN_TERMS_SHORT_REPLY if len(left) <= SHORT_REPLY_TERMS else MIN_OWN_TERMS
    while rows:
        best = max(rows, key=lambda row: len(left & shares[row.id]))
        theirs = left & shares[best.id]
        if len(theirs) < needed:
            break
        found.append(Citation(id=best.id, title=best.title))
        rows.remove(best)
        left, needed = left - theirs, MIN_OWN_TERMS
    return found


def _common_terms(context: TurnContext) -> frozenset[str]:
    """Words that do not tell where an answer comes from: the guest's own, and the menu's."""
    return frozenset(stemmed_terms(context.guest_text)) | _menu_terms(context.menu)


@lru_cache(maxsize=4)
def _menu_terms(menu: Menu) -> frozenset[str]:
    drinks = [
        f"{drink.name} {drink.category} {drink.description} {' '.join(part.name for part in drink.recipe)}"
        for drink in menu.drinks
    ]
    return frozenset(stemmed_terms(" ".join([menu.venue, *drinks])))
