"""Which passages of the house book an answer really stands on: decided by its words, by no model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bartender.brains.base import TurnContext
from bartender.facts import ToolResult
from bartender.facts.menu import PassagesRecalled, RecalledPassage
from bartender.menu.snapshot import Menu
from bartender.models.visits import Citation
from rag.tokens import stemmed_terms

# How many words of an answer only the passage can have given: fewer where the answer has few of its own.
MIN_OWN_TERMS, MIN_OWN_TERMS_SHORT_REPLY, SHORT_REPLY_TERMS = 3, 2, 4


def cited_sources(
    reply: str, brain_name: str, context: TurnContext, results: Sequence[ToolResult]
) -> list[Citation]:
    """The house brain reads out the first passage that surely fits; a model is taken at its words."""
    # What the brain was shown of the house book, each passage once.
    shown = {
        one.id: RecalledPassage(one.id, one.title, one.text, one.source, one.is_confident)
        for one in context.recalled_passages
    }
    for result in results:
        if isinstance(result.fact, PassagesRecalled):
            shown.update({row.id: row for row in result.fact.passages})
    told = list(shown.values())
    if brain_name == "house":
        return [Citation(id=row.id, title=row.title) for row in told if row.sure][:1]
    return _match_passages(reply, told, _common_terms(context))


def _match_passages(
    reply: str, passages: Sequence[RecalledPassage], common_terms: frozenset[str]
) -> list[Citation]:
    """The passage with most of the answer's words first; a further one must account for words of its own."""
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
    """Words that say nothing of where an answer comes from: the guest's own, and the menu's."""
    return frozenset(stemmed_terms(context.guest_text)) | _menu_terms(context.menu)


@lru_cache(maxsize=4)
def _menu_terms(menu: Menu) -> frozenset[str]:
    drinks = [
        f"{drink.name} {drink.category} {drink.description} {' '.join(part.name for part in drink.recipe)}"
        for drink in menu.drinks
    ]
    return frozenset(stemmed_terms(" ".join([menu.venue, *drinks])))
