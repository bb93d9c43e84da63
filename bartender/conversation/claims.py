"""The claim gate: what Maya says about actions and money must be backed by committed facts.

Text comes in pieces cut anywhere; it leaves in whole sentences. A sentence that claims an action of this turn
(added, removed, sent, tipped, paid, ...) or names an amount is let through only if a fact backs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Backing:
    """What may be claimed: kinds of facts committed in this turn, and every amount that is true now."""

    kinds: set[str] = field(default_factory=set)
    cents: set[int] = field(default_factory=set)
    percents: set[int] = field(default_factory=set)  # basis points


@dataclass(frozen=True)
class Held:
    """A sentence that is not let through, and why: action, amount or percent."""

    text: str
    kind: str


@dataclass
class ClaimGate:
    """One reply's worth of text. `backing` may grow while the reply goes on."""

    backing: Backing
    _waiting: str = ""

    def feed(self, piece: str) -> Iterator[str | Held]:
        """Sentences that are complete now, in order: as they were, or held."""
        yield piece

    def close(self) -> Iterator[str | Held]:
        """What was still waiting for its end."""
        yield from ()
