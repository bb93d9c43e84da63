"""What guests ask of a drink beside alcohol and allergens. "" and None are unknown, which never means no.

A glass has of each the strongest that any part has; it is without it only where every part is known to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# Each fact's values, from least to most. What is not known of one part could be the most.
CAFFEINE = ("none", "decaf", "some")
BITTERNESS = ("none", "mild", "strong")
HOPS = ("no", "yes")
NOT_VEGAN = ("vegan", "not")


@dataclass(frozen=True)
class GuestFacts:
    sugar_grams: Decimal | None = None  # of an ingredient: in 100 ml, or in one; of a glass: in all
    caffeine: str = ""
    bitterness: str = ""
    hops: str = ""
    vegan: str = ""


NO_FACTS = GuestFacts()


def combine_guest_facts(parts: Sequence[tuple[GuestFacts, Decimal | None]]) -> GuestFacts:
    """Of a glass, from its ingredients' facts and how much there is of each, in the unit of `sugar_grams`."""
    facts = [fact for fact, _ in parts]
    return GuestFacts(
        sugar_grams=_total_sugar(parts),
        caffeine=_strongest([fact.caffeine for fact in facts], CAFFEINE),
        bitterness=_strongest([fact.bitterness for fact in facts], BITTERNESS),
        hops=_strongest([fact.hops for fact in facts], HOPS),
        vegan=_strongest([fact.vegan for fact in facts], NOT_VEGAN),
    )


def _total_sugar(parts: Sequence[tuple[GuestFacts, Decimal | None]]) -> Decimal | None:
    total = Decimal(0)
    for fact, portion in parts:
        if fact.sugar_grams is None or (fact.sugar_grams and portion is None):
            return None
        total += fact.sugar_grams * (portion or 0)
    return total


def _strongest(values: Sequence[str], order: Sequence[str]) -> str:
    """The most of it, if that is certain: a part that is unknown could have more than all others."""
    known = [value for value in values if value]
    if order[-1] in known:
        return order[-1]
    return max(known, key=order.index) if known and len(known) == len(values) else ""
